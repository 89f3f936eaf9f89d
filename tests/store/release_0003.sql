BEGIN TRANSACTION;
CREATE TABLE account_aliases (
	alias VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	CONSTRAINT pk_account_aliases PRIMARY KEY (alias), 
	CONSTRAINT fk_account_aliases_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "account_aliases" VALUES('me-0123456789ab@instagram','17841400000000001@instagram');
INSERT INTO "account_aliases" VALUES('17841400000000001@instagram','17841400000000001@instagram');
INSERT INTO "account_aliases" VALUES('9988@instagram','17841400000000001@instagram');
INSERT INTO "account_aliases" VALUES('17841400000000003@instagram','17841400000000003@instagram');
CREATE TABLE "accounts" (
	id VARCHAR NOT NULL, 
	paused_until VARCHAR, 
	pause_reason TEXT, 
	last_slot_at VARCHAR, 
	quota_total INTEGER, 
	quota_usage INTEGER, 
	quota_read_at VARCHAR, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT ck_accounts_pause_has_a_reason CHECK ((paused_until IS NULL) = (pause_reason IS NULL))
);
INSERT INTO "accounts" VALUES('17841400000000001@instagram',NULL,NULL,'2026-11-24T12:00:30.000000+00:00',100,5,'2026-11-24T11:59:50.000000+00:00');
INSERT INTO "accounts" VALUES('17841400000000002@instagram','2026-11-24T12:01:00.000000+00:00','Instagram answered 4.',NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('17841400000000001@127.0.0.1:8080',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('17841400000000003@instagram','9999-12-31T00:00:00.000000+00:00','Instagram answered 190.',NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('planned-early',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE assets (
	post_id VARCHAR NOT NULL, 
	place INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	copy TEXT, 
	CONSTRAINT pk_assets PRIMARY KEY (post_id, place), 
	CONSTRAINT fk_assets_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
INSERT INTO "assets" VALUES('draft',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('awaiting-approval',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('scheduled',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('scheduled-in-a-slot',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('scheduled-by-another-login',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('scheduled-by-nobody',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('scheduled-signed-out',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('scheduled-under-me',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('on-a-sandbox',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('late-in-its-turn',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('preparing',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('preparing',1,'https://example.com/b.mp4',NULL);
INSERT INTO "assets" VALUES('preparing-nothing-yet',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('ready',0,'https://example.com/b.mp4',NULL);
INSERT INTO "assets" VALUES('ready-refused-once',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('publishing',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('publishing-in-doubt',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('published',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('published-to-follow-up',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('published-with-a-doubtful-comment',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('published-without-its-id',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('failed',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('needs-attention',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('needs-attention-late',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('missed',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('cancelled',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('interrupted',0,'https://example.com/a.jpg',NULL);
INSERT INTO "assets" VALUES('leased',0,'https://example.com/a.jpg',NULL);
CREATE TABLE containers (
	post_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	place INTEGER NOT NULL, 
	created_at VARCHAR NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_containers PRIMARY KEY (post_id, id), 
	CONSTRAINT fk_containers_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
INSERT INTO "containers" VALUES('preparing','31',0,'2026-11-24T12:00:00.000000+00:00','{"id":"31","item":0,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('preparing','32',1,'2026-11-24T12:00:00.000000+00:00','{"id":"32","item":1,"created_at":"2026-11-24T12:00:00Z","host_date":null,"status":"IN_PROGRESS","subcode":null}');
INSERT INTO "containers" VALUES('ready','41',0,'2026-11-24T12:00:00.000000+00:00','{"id":"41","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('ready-refused-once','42',0,'2026-11-24T12:00:00.000000+00:00','{"id":"42","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('publishing','51',0,'2026-11-24T12:00:00.000000+00:00','{"id":"51","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('publishing-in-doubt','52',0,'2026-11-24T12:00:00.000000+00:00','{"id":"52","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('published','61',0,'2026-11-24T12:00:00.000000+00:00','{"id":"61","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('published-to-follow-up','62',0,'2026-11-24T12:00:00.000000+00:00','{"id":"62","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('published-with-a-doubtful-comment','63',0,'2026-11-24T12:00:00.000000+00:00','{"id":"63","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('published-without-its-id','64',0,'2026-11-24T12:00:00.000000+00:00','{"id":"64","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('failed','71',0,'2026-11-24T12:00:00.000000+00:00','{"id":"71","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":null,"status":"ERROR","subcode":2207026}');
INSERT INTO "containers" VALUES('needs-attention','81',0,'2026-11-24T12:00:00.000000+00:00','{"id":"81","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
INSERT INTO "containers" VALUES('interrupted','91',0,'2026-11-24T12:00:00.000000+00:00','{"id":"91","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":"2026-11-24T12:00:01Z","status":"FINISHED","subcode":null}');
CREATE TABLE idempotency_keys (
	account VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	content_hash TEXT NOT NULL, 
	post_id VARCHAR NOT NULL, 
	created_at VARCHAR NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (account, "key"), 
	CONSTRAINT fk_idempotency_keys_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT fk_idempotency_keys_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-draft','2:b6a65148823951c2bfb3025cf3ca0806524c417acbfe324a0856a33024cb9c34','draft','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-awaiting-approval','2:f31abbe4bccb9230e0f47c4b4bd818516bd6cb1fe1afa12da54e2524edd0fa32','awaiting-approval','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-scheduled','2:23df12e376493c9f4c402bc81ee7635eacaecc91a8d74f65d490dce48408821e','scheduled','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-scheduled-by-another-login','2:73fdfdd6e53684a6b83eaee6715ec8113f10ba7e6ff29e4be114f6da9b2bfdba','scheduled-by-another-login','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('planned-early','key-scheduled-by-nobody','2:41da5e9ba2221ec4861aa8e7a1ab61a609c012245b11dfe23aa034cd69113dfd','scheduled-by-nobody','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000003@instagram','key-scheduled-signed-out','2:90c1cf769ed89de84c2e8ed9904a2e410fa136ff23fb8bce1f9f7286cafbb113','scheduled-signed-out','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-scheduled-under-me','2:05ff9427871271e52188904ebc7e881486016fb1c2135777e5ee5da7f6957c4c','scheduled-under-me','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@127.0.0.1:8080','key-on-a-sandbox','2:7cba3e5a44cfedf6583962521002aa82222ac7e9737177ce67b3f4ea9c82402c','on-a-sandbox','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-preparing','2:d8988cb1249f7916d779393018687bed0faf7601c01aa5597ff4892bf1622f6c','preparing','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-preparing-nothing-yet','2:fcacc40cabdf9aeec468a637b7bc0f5650ce1c4255d30960fa458f4762ac07ad','preparing-nothing-yet','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-ready','2:936c5030dd3be2a6d8b161e14700254ea32e5fbfd03daeef550c7c179d80b63a','ready','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-ready-refused-once','2:d1e46b92cff05ccac8813ae21f153fff3a4e9af953df6de3b6e073c26bc61503','ready-refused-once','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-publishing','2:fd0f58787dd907ef06afaecd198919528b218980684daeee6084db0864ab7ed5','publishing','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000002@instagram','key-publishing-in-doubt','2:296dc12597af85fe93241a9b78f059126939b49dbec861dec54e35192ee54727','publishing-in-doubt','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-published','2:bac2e4c2eb9a5bd908b773669e08afb7cfeeeefebfdbd92c26f5ab1d48f56f0e','published','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-published-to-follow-up','2:37f2f6ef9121ba5d35aa6a751e9245c4f02407d97834bb8031b1372eac9b32c0','published-to-follow-up','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-published-with-a-doubtful-comment','2:37f2f6ef9121ba5d35aa6a751e9245c4f02407d97834bb8031b1372eac9b32c0','published-with-a-doubtful-comment','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-published-without-its-id','2:67d43779450cac4954be2a60b5729316f65d8d56a0515e975a006dd0559fd86d','published-without-its-id','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-failed','2:fe76f5d18450081d8ed46641d688251f899cb0e88a0e33482e2b19fd8147afe7','failed','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-needs-attention','2:39e754693621fe61b5ce154e39462352aee294cf14613ad0db7fb2966f942584','needs-attention','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-needs-attention-late','2:019c21c9b18f90f2b2aacbce4fe20e88de9aa5ac6385fa0a0a5434b8e5684f58','needs-attention-late','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-missed','2:e6ab52c5c07a796a28814b312c9ffe4d95537c26aef0900b760ef4acc56cfeff','missed','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-cancelled','2:f539cb73350861c9f58bc5efc491367c9bfb2c6322831c086db025502715125d','cancelled','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@instagram','key-interrupted','2:3d13003c67e43f46bf092e3c98f3dd623a216f544a6fdfd6c23d165be77df642','interrupted','2026-11-24T12:00:00.000000+00:00');
CREATE TABLE journal_events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	post_id VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	step TEXT NOT NULL, 
	text TEXT NOT NULL, 
	container_id TEXT, 
	media_id TEXT, 
	code INTEGER, 
	subcode INTEGER, 
	fbtrace_id TEXT, 
	CONSTRAINT fk_journal_events_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
INSERT INTO "journal_events" VALUES(1,'scheduled-signed-out','2026-11-24T12:00:05.000000+00:00','account_closed','Made.',NULL,NULL,190,463,NULL);
INSERT INTO "journal_events" VALUES(2,'preparing','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(3,'ready','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(4,'ready-refused-once','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(5,'ready-refused-once','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(6,'ready-refused-once','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(7,'publishing','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(8,'publishing','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(9,'publishing','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(10,'publishing-in-doubt','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(11,'publishing-in-doubt','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(12,'publishing-in-doubt','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(13,'publishing-in-doubt','2026-11-24T12:00:12.000000+00:00','send_doubtful','Made.',NULL,NULL,4,2207051,NULL);
INSERT INTO "journal_events" VALUES(14,'published','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(15,'published','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(16,'published','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(17,'published','2026-11-24T12:00:12.000000+00:00','published','Made.',NULL,'m',NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(18,'published-to-follow-up','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(19,'published-to-follow-up','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(20,'published-to-follow-up','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(21,'published-to-follow-up','2026-11-24T12:00:12.000000+00:00','published','Made.',NULL,'m',NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(22,'published-with-a-doubtful-comment','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(23,'published-with-a-doubtful-comment','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(24,'published-with-a-doubtful-comment','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(25,'published-with-a-doubtful-comment','2026-11-24T12:00:12.000000+00:00','published','Made.',NULL,'m',NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(26,'published-with-a-doubtful-comment','2026-11-24T12:00:13.000000+00:00','comment_committed','Made.',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(27,'published-without-its-id','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(28,'published-without-its-id','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(29,'published-without-its-id','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(30,'published-without-its-id','2026-11-24T12:00:12.000000+00:00','send_doubtful','Made.',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(31,'failed','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(32,'failed','2026-11-24T12:00:09.000000+00:00','failed','Made.',NULL,NULL,36001,2207005,'A1');
INSERT INTO "journal_events" VALUES(33,'needs-attention','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(34,'needs-attention','2026-11-24T12:00:09.000000+00:00','container_settled','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(35,'needs-attention','2026-11-24T12:00:10.000000+00:00','send_committed','Made.','c',NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(36,'needs-attention','2026-11-24T12:00:12.000000+00:00','send_doubtful','Made.',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "journal_events" VALUES(37,'interrupted','2026-11-24T12:00:01.000000+00:00','container_created','Made.','c',NULL,NULL,NULL,NULL);
CREATE TABLE logins (
	name VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	user_id TEXT NOT NULL, 
	login_type TEXT NOT NULL, 
	api_base TEXT NOT NULL, 
	version TEXT NOT NULL, 
	timezone TEXT NOT NULL, 
	sealed_token BLOB NOT NULL, 
	token_obtained_at VARCHAR NOT NULL, 
	token_expires_at VARCHAR, 
	token_refreshed_at VARCHAR, 
	is_default BOOLEAN DEFAULT false NOT NULL, 
	refresh_worker TEXT, 
	refresh_until VARCHAR, 
	CONSTRAINT pk_logins PRIMARY KEY (name), 
	CONSTRAINT fk_logins_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "logins" VALUES('shop','17841400000000001@instagram','17841400000000001','instagram','https://graph.instagram.com','v21.0','Europe/Vienna',X'0173686F70','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,1,NULL,NULL);
INSERT INTO "logins" VALUES('shop-fb','17841400000000001@instagram','17841400000000001','facebook','https://graph.facebook.com','v21.0','Europe/Vienna',X'0173686F702D6662','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00','2026-11-24T11:59:00.000000+00:00',0,'worker-1','1999-01-01T00:00:00.000000+00:00');
INSERT INTO "logins" VALUES('other','17841400000000002@instagram','17841400000000002','instagram','https://graph.instagram.com','v21.0','Europe/Vienna',X'016F74686572','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,0,NULL,NULL);
INSERT INTO "logins" VALUES('test','17841400000000001@127.0.0.1:8080','17841400000000001','instagram','http://127.0.0.1:8080','v21.0','Europe/Vienna',X'0174657374','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,0,NULL,NULL);
CREATE TABLE notices (
	"key" VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	made_at VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	try_at VARCHAR, 
	tries INTEGER NOT NULL, 
	told_at VARCHAR, 
	CONSTRAINT pk_notices PRIMARY KEY ("key", channel)
);
INSERT INTO "notices" VALUES('post/needs-attention','command','2026-11-24T12:00:00.000000+00:00','{"post": "needs-attention"}','2026-11-24T12:00:00.000000+00:00',0,NULL);
INSERT INTO "notices" VALUES('post/needs-attention','webhook','2026-11-24T12:00:00.000000+00:00','{"post": "needs-attention"}','2026-11-24T12:00:00.000000+00:00',0,NULL);
INSERT INTO "notices" VALUES('account/other','command','2026-11-24T12:00:00.000000+00:00','{}',NULL,1,'2026-11-24T12:00:00.000000+00:00');
INSERT INTO "notices" VALUES('account/other','webhook','2026-11-24T12:00:00.000000+00:00','{}','2026-11-24T12:05:00.000000+00:00',1,NULL);
CREATE TABLE periodic_jobs (
	name VARCHAR NOT NULL, 
	next_run_at VARCHAR NOT NULL, 
	lease_worker TEXT, 
	lease_until VARCHAR, 
	CONSTRAINT pk_periodic_jobs PRIMARY KEY (name), 
	CONSTRAINT ck_periodic_jobs_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL))
);
INSERT INTO "periodic_jobs" VALUES('refresh tokens','2026-11-24T11:59:55.000000+00:00','worker-1','1999-01-01T00:00:00.000000+00:00');
INSERT INTO "periodic_jobs" VALUES('look at accounts','2026-11-24T13:00:00.000000+00:00',NULL,NULL);
INSERT INTO "periodic_jobs" VALUES('tidy','2026-11-24T14:00:00.000000+00:00',NULL,NULL);
CREATE TABLE posts (
	id VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at VARCHAR NOT NULL, 
	due_at VARCHAR NOT NULL, 
	wake_at VARCHAR, 
	media_id VARCHAR, 
	details TEXT NOT NULL, 
	lease_worker TEXT, 
	lease_until VARCHAR, login VARCHAR, 
	CONSTRAINT pk_posts PRIMARY KEY (id), 
	CONSTRAINT ck_posts_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL)), 
	CONSTRAINT ck_posts_only_some_states_wake CHECK (wake_at IS NULL OR state IN ('scheduled', 'preparing', 'ready', 'publishing', 'awaiting_approval', 'published')), 
	CONSTRAINT ck_posts_under_way_wakes CHECK (wake_at IS NOT NULL OR NOT (state IN ('scheduled', 'preparing', 'ready', 'publishing'))), 
	CONSTRAINT ck_posts_state CHECK (state IN ('draft', 'awaiting_approval', 'scheduled', 'preparing', 'ready', 'publishing', 'published', 'failed', 'needs_attention', 'missed', 'cancelled')), 
	CONSTRAINT fk_posts_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "posts" VALUES('draft','17841400000000001@instagram','draft',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:00:00.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of draft","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":null,"timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-draft","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('awaiting-approval','17841400000000001@instagram','awaiting_approval',0,'2026-11-24T12:00:00.000000+00:00','2026-11-25T12:00:00.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of awaiting-approval","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-25T12:00:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-awaiting-approval","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('scheduled','17841400000000001@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:00.000000+00:00','2026-11-24T13:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello @anna","alt_texts":["A cat"],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":"106078429431815","user_tags":[{"username":"anna","x":0.5,"y":0.25}],"collaborators":["berta"],"first_comment":"First","fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:00Z","timezone":"Europe/Vienna","if_late":"ask","idempotency_key":"key-scheduled","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('scheduled-in-a-slot','17841400000000001@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-26T12:00:00.000000+00:00','2026-11-26T12:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of scheduled-in-a-slot","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-26T12:00:00Z","timezone":"Europe/Vienna","if_late":"drop","idempotency_key":null,"not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('scheduled-by-another-login','17841400000000001@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of scheduled-by-another-login","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:00:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-scheduled-by-another-login","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop-fb');
INSERT INTO "posts" VALUES('scheduled-by-nobody','planned-early','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of scheduled-by-nobody","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:00:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-scheduled-by-nobody","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,NULL);
INSERT INTO "posts" VALUES('scheduled-signed-out','17841400000000003@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:01:00.000000+00:00','2026-11-24T12:02:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of scheduled-signed-out","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:01:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-scheduled-signed-out","not_before":null,"wake_at":"2026-11-24T12:02:00Z","held_up_by":"Instagram answered 190.","slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,NULL);
INSERT INTO "posts" VALUES('scheduled-under-me','17841400000000001@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:01:40.000000+00:00','2026-11-24T14:01:40.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of scheduled-under-me","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:01:40Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-scheduled-under-me","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('on-a-sandbox','17841400000000001@127.0.0.1:8080','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:03:20.000000+00:00','2026-11-24T14:03:20.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of on-a-sandbox","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:03:20Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-on-a-sandbox","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'test');
INSERT INTO "posts" VALUES('late-in-its-turn','17841400000000001@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T11:40:00.000000+00:00','2026-11-24T12:04:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of late-in-its-turn","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T11:40:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":null,"not_before":null,"wake_at":"2026-11-24T12:04:00Z","held_up_by":null,"slot_at":"2026-11-24T12:04:00Z","attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('preparing','17841400000000001@instagram','preparing',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:10:00.000000+00:00','2026-11-24T12:00:05.000000+00:00',NULL,'{"kind":"carousel","options":{"caption":"Caption of preparing","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:10:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-preparing","not_before":null,"wake_at":"2026-11-24T12:00:05Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('preparing-nothing-yet','17841400000000001@instagram','preparing',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:10:50.000000+00:00','2026-11-24T12:00:06.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of preparing-nothing-yet","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:10:50Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-preparing-nothing-yet","not_before":null,"wake_at":"2026-11-24T12:00:06Z","held_up_by":"Instagram cannot be reached.","slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('ready','17841400000000001@instagram','ready',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:05:00.000000+00:00','2026-11-24T12:04:58.000000+00:00',NULL,'{"kind":"reel","options":{"caption":"Caption of ready","alt_texts":[],"cover":{"source":"cover.png","copy":"/home/me/.local/share/pressroom/assets/aa11.png"},"thumb_offset_ms":1000,"share_to_feed":false,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:05:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-ready","not_before":null,"wake_at":"2026-11-24T12:04:58Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('ready-refused-once','17841400000000001@instagram','ready',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:00:10.000000+00:00','2026-11-24T12:00:40.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of ready-refused-once","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:00:10Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-ready-refused-once","not_before":"2026-11-24T12:00:40Z","wake_at":"2026-11-24T12:00:40Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('publishing','17841400000000001@instagram','publishing',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:00:10.000000+00:00','2026-11-24T12:00:20.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of publishing","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:00:10Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-publishing","not_before":null,"wake_at":"2026-11-24T12:00:20Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('publishing-in-doubt','17841400000000002@instagram','publishing',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:00:10.000000+00:00','2026-11-24T12:01:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of publishing-in-doubt","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:00:10Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-publishing-in-doubt","not_before":null,"wake_at":"2026-11-24T12:01:00Z","held_up_by":"Instagram answered 4.","slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'other');
INSERT INTO "posts" VALUES('published','17841400000000001@instagram','published',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T10:00:00.000000+00:00',NULL,'961','{"kind":"photo","options":{"caption":"Caption of published","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T10:00:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-published","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":[],"listings":[],"permalink":"https://www.instagram.com/p/x/","media_product_type":"FEED","first_comment_id":"c961","comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('published-to-follow-up','17841400000000001@instagram','published',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T11:59:00.000000+00:00','2026-11-24T12:00:10.000000+00:00','962','{"kind":"photo","options":{"caption":"Caption","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":"First","fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T11:59:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-published-to-follow-up","not_before":null,"wake_at":"2026-11-24T12:00:10Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('published-with-a-doubtful-comment','17841400000000001@instagram','published',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T11:58:30.000000+00:00','2026-11-24T12:00:11.000000+00:00','963','{"kind":"photo","options":{"caption":"Caption","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":"First","fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T11:58:30Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-published-with-a-doubtful-comment","not_before":null,"wake_at":"2026-11-24T12:00:11Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["first_comment"],"listings":[],"permalink":"https://www.instagram.com/p/y/","media_product_type":null,"first_comment_id":null,"comment_committed_at":"2026-11-24T11:59:30Z","comment_refusal":"Instagram answered 2.","comment_rewritten":false,"comment_tries":1,"comment_looks":1,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('published-without-its-id','17841400000000001@instagram','published',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T11:58:00.000000+00:00','2026-11-24T12:00:12.000000+00:00',NULL,'{"kind":"story","options":{"caption":null,"alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T11:58:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-published-without-its-id","not_before":null,"wake_at":"2026-11-24T12:00:12Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["media_id","permalink","first_comment"],"listings":[{"at":"2026-11-24T12:01:30Z","status":"PUBLISHED","candidates":[],"quota_usage":6,"host_date":"2026-11-24T12:01:31Z","went_live":1}],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('failed','17841400000000001@instagram','failed',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T11:55:00.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of failed","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T11:55:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-failed","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":"Instagram could not make the media (container 71).","failure":{"kind":"ContainerFailed","message":"Instagram could not make the media.","fix":"Choose another file.","exit_code":1,"code":36001,"subcode":2207005,"fbtrace_id":"A1","retryable":false,"seed_name":null},"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('needs-attention','17841400000000001@instagram','needs_attention',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T10:53:20.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of needs-attention","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T10:53:20Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-needs-attention","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":"outcome_unknown","followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":"Whether container 81 was published could not be learnt.","failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('needs-attention-late','17841400000000001@instagram','needs_attention',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T09:46:40.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of needs-attention-late","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T09:46:40Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-needs-attention-late","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":"late","followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":"It is more than an hour late.","failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('missed','17841400000000001@instagram','missed',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T09:30:00.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of missed","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T09:30:00Z","timezone":"Europe/Vienna","if_late":"drop","idempotency_key":"key-missed","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":"It was not published in time.","failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('cancelled','17841400000000001@instagram','cancelled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:01:40.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of cancelled","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:01:40Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-cancelled","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('interrupted','17841400000000001@instagram','cancelled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:00:00.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Caption of interrupted","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:00:00Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":"key-interrupted","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":"It was interrupted.","failure":null,"is_interrupted":true}',NULL,NULL,'shop');
INSERT INTO "posts" VALUES('leased','17841400000000001@instagram','scheduled',3,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:00:20.000000+00:00','2026-11-24T11:45:20.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Caption of leased","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:00:20Z","timezone":"Europe/Vienna","if_late":"publish","idempotency_key":null,"not_before":null,"wake_at":"2026-11-24T11:45:20Z","held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}','worker-1','1999-01-01T00:00:00.000000+00:00','shop');
CREATE TABLE quota_ledger (
	account VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	CONSTRAINT pk_quota_ledger PRIMARY KEY (account, what, at, reference), 
	CONSTRAINT ck_quota_ledger_what CHECK (what IN ('container', 'publish')), 
	CONSTRAINT fk_quota_ledger_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-23T11:00:00.000000+00:00','c0');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T11:00:00.000000+00:00','c1');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T11:59:00.000000+00:00','c2');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','publish','2026-11-24T11:01:40.000000+00:00','m0');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','31');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','32');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','41');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','42');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','51');
INSERT INTO "quota_ledger" VALUES('17841400000000002@instagram','container','2026-11-24T12:00:00.000000+00:00','52');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','61');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','publish','2026-11-24T12:00:10.000000+00:00','published');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','62');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','publish','2026-11-24T12:00:10.000000+00:00','published-to-follow-up');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','63');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','publish','2026-11-24T12:00:10.000000+00:00','published-with-a-doubtful-comment');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','64');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','publish','2026-11-24T12:00:10.000000+00:00','published-without-its-id');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','71');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','81');
INSERT INTO "quota_ledger" VALUES('17841400000000001@instagram','container','2026-11-24T12:00:00.000000+00:00','91');
CREATE TABLE sends (
	post_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	account VARCHAR NOT NULL, 
	container_id VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	deadline VARCHAR NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_sends PRIMARY KEY (post_id, number), 
	CONSTRAINT ck_sends_state CHECK (state IN ('open', 'refused', 'live', 'not_done', 'abandoned')), 
	CONSTRAINT fk_sends_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT fk_sends_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_sends_post_id_container_id FOREIGN KEY(post_id, container_id) REFERENCES containers (post_id, id)
);
INSERT INTO "sends" VALUES('ready-refused-once',1,'17841400000000001@instagram','42','refused','2026-11-24T12:00:25.000000+00:00','{"container_id":"42","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"refused","code":9007,"subcode":2207027,"may_resend":true,"is_gone":false,"doubtful_at":null,"looks":[]}');
INSERT INTO "sends" VALUES('publishing',1,'17841400000000001@instagram','51','open','2026-11-24T12:00:25.000000+00:00','{"container_id":"51","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"open","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":null,"looks":[]}');
INSERT INTO "sends" VALUES('publishing-in-doubt',1,'17841400000000002@instagram','52','not_done','2026-11-24T12:00:25.000000+00:00','{"container_id":"52","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"not_done","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":"2026-11-24T11:53:20Z","looks":[{"at":"2026-11-24T12:00:30Z","status":"FINISHED","candidates":null,"quota_usage":null,"host_date":"2026-11-24T12:00:31Z","went_live":0}]}');
INSERT INTO "sends" VALUES('publishing-in-doubt',2,'17841400000000002@instagram','52','open','2026-11-24T12:00:25.000000+00:00','{"container_id":"52","number":2,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"open","code":4,"subcode":2207051,"may_resend":false,"is_gone":false,"doubtful_at":"2026-11-24T12:00:12Z","looks":[{"at":"2026-11-24T12:00:30Z","status":"FINISHED","candidates":null,"quota_usage":null,"host_date":"2026-11-24T12:00:31Z","went_live":0}]}');
INSERT INTO "sends" VALUES('published',1,'17841400000000001@instagram','61','live','2026-11-24T12:00:25.000000+00:00','{"container_id":"61","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"live","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":null,"looks":[]}');
INSERT INTO "sends" VALUES('published-to-follow-up',1,'17841400000000001@instagram','62','live','2026-11-24T12:00:25.000000+00:00','{"container_id":"62","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"live","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":null,"looks":[]}');
INSERT INTO "sends" VALUES('published-with-a-doubtful-comment',1,'17841400000000001@instagram','63','live','2026-11-24T12:00:25.000000+00:00','{"container_id":"63","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"live","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":null,"looks":[]}');
INSERT INTO "sends" VALUES('published-without-its-id',1,'17841400000000001@instagram','64','live','2026-11-24T12:00:25.000000+00:00','{"container_id":"64","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"live","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":"2026-11-24T11:59:00Z","looks":[{"at":"2026-11-24T12:01:30Z","status":"PUBLISHED","candidates":["991"],"quota_usage":6,"host_date":"2026-11-24T12:01:31Z","went_live":1}]}');
INSERT INTO "sends" VALUES('needs-attention',1,'17841400000000001@instagram','81','abandoned','2026-11-24T12:00:25.000000+00:00','{"container_id":"81","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"abandoned","code":null,"subcode":null,"may_resend":true,"is_gone":false,"doubtful_at":"2026-11-24T10:55:00Z","looks":[{"at":"2026-11-24T12:00:30Z","status":"FINISHED","candidates":null,"quota_usage":null,"host_date":"2026-11-24T12:00:31Z","went_live":0},{"at":"2026-11-24T12:01:30Z","status":"PUBLISHED","candidates":["991"],"quota_usage":6,"host_date":"2026-11-24T12:01:31Z","went_live":1}]}');
CREATE TABLE slot_holds (
	account VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	post_id VARCHAR NOT NULL, 
	until VARCHAR NOT NULL, 
	CONSTRAINT pk_slot_holds PRIMARY KEY (account, at), 
	CONSTRAINT fk_slot_holds_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "slot_holds" VALUES('17841400000000001@instagram','2026-11-30T09:00:00.000000+00:00','not-stored-yet','1999-01-01T00:00:00.000000+00:00');
CREATE TABLE slots (
	account VARCHAR NOT NULL, 
	weekday INTEGER NOT NULL, 
	minute INTEGER NOT NULL, 
	CONSTRAINT pk_slots PRIMARY KEY (account, weekday, minute), 
	CONSTRAINT fk_slots_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT ck_slots_weekday CHECK (weekday BETWEEN 0 AND 6), 
	CONSTRAINT ck_slots_minute CHECK (minute BETWEEN 0 AND 1439)
);
INSERT INTO "slots" VALUES('17841400000000001@instagram',0,540);
INSERT INTO "slots" VALUES('17841400000000001@instagram',3,1080);
INSERT INTO "slots" VALUES('17841400000000003@instagram',6,600);
CREATE INDEX ix_posts_account_due_at_id ON posts (account, due_at, id);
CREATE INDEX ix_posts_due_at_id ON posts (due_at, id);
CREATE INDEX ix_posts_lease_until ON posts (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX ix_posts_media_id ON posts (account, due_at, media_id) WHERE media_id IS NOT NULL;
CREATE INDEX ix_posts_state_due_at_id ON posts (state, due_at, id);
CREATE INDEX ix_posts_wake_at ON posts (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_idempotency_keys_post_id ON idempotency_keys (post_id);
CREATE INDEX ix_journal_events_at ON journal_events (at);
CREATE INDEX ix_journal_events_post_id_id ON journal_events (post_id, id);
CREATE UNIQUE INDEX uq_sends_open ON sends (account) WHERE state = 'open';
CREATE INDEX ix_notices_try_at ON notices (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX ix_logins_account ON logins (account);
CREATE UNIQUE INDEX uq_logins_default ON logins (is_default) WHERE is_default;
CREATE INDEX ix_account_aliases_account ON account_aliases (account);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('journal_events',37);
COMMIT;
