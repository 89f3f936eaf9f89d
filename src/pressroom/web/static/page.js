// What every page with script does. Each module sets itself up.
import "./reader.js";
import "./live.js";
import "./forms.js";
import "./header.js";
