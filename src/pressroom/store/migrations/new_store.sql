CREATE TABLE account_aliases (
	alias VARCHAR NOT NULL,
	account VARCHAR NOT NULL,
	CONSTRAINT pk_account_aliases PRIMARY KEY (alias),
	CONSTRAINT fk_account_aliases_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE account_days (
	account VARCHAR NOT NULL,
	metric VARCHAR NOT NULL,
	ends_at VARCHAR NOT NULL,
	number TEXT,
	parts TEXT,
	read_at VARCHAR NOT NULL,
	CONSTRAINT pk_account_days PRIMARY KEY (account, metric, ends_at),
	CONSTRAINT fk_account_days_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE "accounts" (
	id VARCHAR NOT NULL,
	paused_until VARCHAR,
	pause_reason TEXT,
	last_slot_at VARCHAR,
	quota_total INTEGER,
	quota_usage INTEGER,
	quota_read_at VARCHAR, pause_code INTEGER, pause_subcode INTEGER,
	CONSTRAINT pk_accounts PRIMARY KEY (id),
	CONSTRAINT ck_accounts_pause_has_a_reason CHECK ((paused_until IS NULL) = (pause_reason IS NULL))
);
CREATE TABLE actors (
	id VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created_at VARCHAR NOT NULL,
	revoked_at VARCHAR,
	CONSTRAINT pk_actors PRIMARY KEY (id),
	CONSTRAINT ck_actors_kind CHECK (kind IN ('person', 'program'))
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0022');
CREATE TABLE apps (
	login_type VARCHAR NOT NULL,
	place VARCHAR NOT NULL,
	app_id TEXT NOT NULL,
	sealed_secret BLOB NOT NULL,
	redirect_uri TEXT,
	CONSTRAINT pk_apps PRIMARY KEY (login_type, place)
);
CREATE TABLE assets (
	post_id VARCHAR NOT NULL,
	place INTEGER NOT NULL,
	source TEXT NOT NULL,
	copy TEXT,
	CONSTRAINT pk_assets PRIMARY KEY (post_id, place),
	CONSTRAINT fk_assets_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
CREATE TABLE audience (
	account VARCHAR NOT NULL,
	metric VARCHAR NOT NULL,
	breakdown VARCHAR NOT NULL,
	day VARCHAR NOT NULL,
	read_at VARCHAR NOT NULL,
	parts TEXT NOT NULL,
	CONSTRAINT pk_audience PRIMARY KEY (account, metric, breakdown, day),
	CONSTRAINT fk_audience_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE collections (
	account VARCHAR NOT NULL,
	stopped_at VARCHAR,
	details TEXT NOT NULL,
	CONSTRAINT pk_collections PRIMARY KEY (account),
	CONSTRAINT fk_collections_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE containers (
	post_id VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	place INTEGER NOT NULL,
	created_at VARCHAR NOT NULL,
	details TEXT NOT NULL,
	CONSTRAINT pk_containers PRIMARY KEY (post_id, id),
	CONSTRAINT fk_containers_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
CREATE TABLE deletions (
	account VARCHAR NOT NULL,
	media_id VARCHAR NOT NULL,
	post_id VARCHAR,
	state VARCHAR NOT NULL,
	details TEXT NOT NULL,
	CONSTRAINT pk_deletions PRIMARY KEY (account, media_id),
	CONSTRAINT fk_deletions_account FOREIGN KEY(account) REFERENCES accounts (id),
	CONSTRAINT ck_deletions_state CHECK (state IN ('open', 'done', 'refused'))
);
CREATE TABLE experiments (
	account VARCHAR NOT NULL,
	started_at VARCHAR NOT NULL,
	stopped_at VARCHAR,
	details TEXT NOT NULL,
	CONSTRAINT pk_experiments PRIMARY KEY (account, started_at),
	CONSTRAINT fk_experiments_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE followers (
	account VARCHAR NOT NULL,
	day VARCHAR NOT NULL,
	read_at VARCHAR NOT NULL,
	followers_count INTEGER,
	details TEXT NOT NULL,
	CONSTRAINT pk_followers PRIMARY KEY (account, day),
	CONSTRAINT fk_followers_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE grant_uses (
	id INTEGER NOT NULL,
	grant_id VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	reference VARCHAR NOT NULL,
	CONSTRAINT pk_grant_uses PRIMARY KEY (id),
	CONSTRAINT fk_grant_uses_grant_id FOREIGN KEY(grant_id) REFERENCES grants (id)
);
CREATE TABLE grants (
	id VARCHAR NOT NULL,
	actor VARCHAR NOT NULL,
	verbs TEXT NOT NULL,
	accounts TEXT NOT NULL,
	per_day INTEGER NOT NULL,
	granted_by VARCHAR NOT NULL,
	created_at VARCHAR NOT NULL,
	ends_at VARCHAR,
	revoked_at VARCHAR,
	CONSTRAINT pk_grants PRIMARY KEY (id),
	CONSTRAINT fk_grants_actor FOREIGN KEY(actor) REFERENCES actors (id)
);
CREATE TABLE "idempotency_keys" (
	account VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	content_hash TEXT NOT NULL,
	post_id VARCHAR NOT NULL,
	created_at VARCHAR NOT NULL,
	program VARCHAR NOT NULL, CONSTRAINT pk_idempotency_keys PRIMARY KEY (account, program, "key"),
	CONSTRAINT fk_idempotency_keys_account FOREIGN KEY(account) REFERENCES accounts (id),
	CONSTRAINT fk_idempotency_keys_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE "journal_events" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	subject_id VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	step TEXT NOT NULL,
	text TEXT NOT NULL,
	container_id TEXT,
	media_id TEXT,
	code INTEGER,
	subcode INTEGER,
	fbtrace_id TEXT,
	subject_kind VARCHAR DEFAULT 'post' NOT NULL,
	actor VARCHAR,
	transaction_id BIGINT DEFAULT 0 NOT NULL,
	changes TEXT,
	version INTEGER, calls TEXT,
	CONSTRAINT ck_journal_events_subject_kind CHECK (subject_kind IN ('post', 'account', 'conversation', 'key', 'consent', 'upload'))
);
CREATE TABLE keys (
	id VARCHAR NOT NULL,
	actor VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	scopes TEXT NOT NULL,
	created_at VARCHAR NOT NULL,
	expires_at VARCHAR,
	last_used_at VARCHAR,
	revoked_at VARCHAR, accounts TEXT,
	CONSTRAINT pk_keys PRIMARY KEY (id),
	CONSTRAINT fk_keys_actor FOREIGN KEY(actor) REFERENCES actors (id)
);
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
	refresh_until VARCHAR, details TEXT, language TEXT,
	CONSTRAINT pk_logins PRIMARY KEY (name),
	CONSTRAINT fk_logins_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE media (
	account VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	product_type VARCHAR NOT NULL,
	media_type VARCHAR NOT NULL,
	published_at VARCHAR NOT NULL,
	found_at VARCHAR NOT NULL,
	caption TEXT,
	planned_age_s INTEGER,
	opens_at VARCHAR,
	due_at VARCHAR,
	vanished_at VARCHAR,
	details TEXT NOT NULL,
	CONSTRAINT pk_media PRIMARY KEY (account, id),
	CONSTRAINT fk_media_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE metric_notes (
	account VARCHAR NOT NULL,
	metric VARCHAR NOT NULL,
	day VARCHAR NOT NULL,
	text TEXT NOT NULL,
	added_at VARCHAR NOT NULL,
	CONSTRAINT pk_metric_notes PRIMARY KEY (account, metric, day),
	CONSTRAINT fk_metric_notes_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE missed_readings (
	account VARCHAR NOT NULL,
	media_id VARCHAR NOT NULL,
	planned_age_s INTEGER NOT NULL,
	why VARCHAR NOT NULL,
	text TEXT NOT NULL,
	noted_at VARCHAR NOT NULL,
	CONSTRAINT pk_missed_readings PRIMARY KEY (account, media_id, planned_age_s),
	CONSTRAINT fk_missed_readings_account FOREIGN KEY(account) REFERENCES accounts (id)
);
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
CREATE TABLE options (
	name VARCHAR NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_options PRIMARY KEY (name)
);
CREATE TABLE pauses (
	account VARCHAR NOT NULL,
	reason TEXT NOT NULL,
	actor VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	CONSTRAINT pk_pauses PRIMARY KEY (account),
	CONSTRAINT fk_pauses_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE periodic_jobs (
	name VARCHAR NOT NULL,
	next_run_at VARCHAR NOT NULL,
	lease_worker TEXT,
	lease_until VARCHAR,
	CONSTRAINT pk_periodic_jobs PRIMARY KEY (name),
	CONSTRAINT ck_periodic_jobs_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL))
);
CREATE TABLE "posts" (
	id VARCHAR NOT NULL,
	account VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	created_at VARCHAR NOT NULL,
	goes_out_at VARCHAR NOT NULL,
	wake_at VARCHAR,
	media_id VARCHAR,
	details TEXT NOT NULL,
	lease_worker TEXT,
	lease_until VARCHAR, login VARCHAR, actor VARCHAR, postponed_to VARCHAR,
	version INTEGER DEFAULT 1 NOT NULL, "when" VARCHAR DEFAULT 'time' NOT NULL, day DATE, kind VARCHAR, timezone VARCHAR, attention VARCHAR, title TEXT, files INTEGER, CONSTRAINT pk_posts PRIMARY KEY (id),
	CONSTRAINT ck_posts_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL)),
	CONSTRAINT ck_posts_only_some_states_wake CHECK (wake_at IS NULL OR state IN ('scheduled', 'preparing', 'ready', 'publishing', 'awaiting_approval', 'published')),
	CONSTRAINT ck_posts_under_way_wakes CHECK (wake_at IS NOT NULL OR NOT (state IN ('scheduled', 'preparing', 'ready', 'publishing'))),
	CONSTRAINT ck_posts_state CHECK (state IN ('draft', 'awaiting_approval', 'scheduled', 'preparing', 'ready', 'publishing', 'published', 'deleted', 'failed', 'needs_attention', 'missed', 'cancelled')),
	CONSTRAINT fk_posts_account FOREIGN KEY(account) REFERENCES accounts (id)
, CONSTRAINT ck_posts_let_go_has_a_time CHECK ("when" IN ('now', 'time') OR state IN ('draft', 'awaiting_approval', 'cancelled')));
CREATE TABLE proposals (
	id VARCHAR NOT NULL,
	actor VARCHAR NOT NULL,
	verb VARCHAR NOT NULL,
	account VARCHAR,
	subject_kind VARCHAR,
	subject_id VARCHAR,
	content_hash VARCHAR NOT NULL,
	arguments TEXT NOT NULL,
	summary TEXT NOT NULL,
	state VARCHAR NOT NULL,
	outcome TEXT,
	created_at VARCHAR NOT NULL,
	expires_at VARCHAR NOT NULL,
	earliest_at VARCHAR,
	decided_by VARCHAR,
	decided_at VARCHAR,
	carried_out_at VARCHAR,
	CONSTRAINT pk_proposals PRIMARY KEY (id),
	CONSTRAINT fk_proposals_actor FOREIGN KEY(actor) REFERENCES actors (id),
	CONSTRAINT ck_proposals_state CHECK (state IN ('waiting', 'approved', 'declined', 'expired', 'void')),
	CONSTRAINT ck_proposals_subject_kind CHECK (subject_kind IN ('post', 'account', 'conversation')),
	CONSTRAINT ck_proposals_subject_has_a_kind CHECK ((subject_kind IS NULL) = (subject_id IS NULL)),
	CONSTRAINT ck_proposals_somebody_decides CHECK (state NOT IN ('approved', 'declined') OR decided_by IS NOT NULL),
	CONSTRAINT ck_proposals_only_approved_is_carried_out CHECK (carried_out_at IS NULL OR state = 'approved')
);
CREATE TABLE quota_ledger (
	account VARCHAR NOT NULL,
	what VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	reference VARCHAR NOT NULL,
	CONSTRAINT pk_quota_ledger PRIMARY KEY (account, what, at, reference),
	CONSTRAINT ck_quota_ledger_what CHECK (what IN ('container', 'publish')),
	CONSTRAINT fk_quota_ledger_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE readings (
	account VARCHAR NOT NULL,
	media_id VARCHAR NOT NULL,
	age_s INTEGER NOT NULL,
	read_at VARCHAR NOT NULL,
	version TEXT NOT NULL,
	numbers TEXT NOT NULL,
	parts TEXT,
	CONSTRAINT pk_readings PRIMARY KEY (account, media_id, age_s),
	CONSTRAINT fk_readings_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE report_jobs (
	id VARCHAR NOT NULL,
	owner VARCHAR NOT NULL,
	account VARCHAR NOT NULL,
	account_name TEXT NOT NULL,
	wish TEXT NOT NULL,
	state VARCHAR NOT NULL,
	tries INTEGER NOT NULL,
	created_at VARCHAR NOT NULL,
	ends_at VARCHAR NOT NULL,
	error TEXT,
	lease_worker TEXT,
	lease_until VARCHAR,
	data BLOB,
	page BLOB,
	CONSTRAINT pk_report_jobs PRIMARY KEY (id),
	CONSTRAINT ck_report_jobs_state CHECK (state IN ('working', 'ready', 'failed')),
	CONSTRAINT ck_report_jobs_ready_has_content CHECK ((state = 'ready') = (page IS NOT NULL AND data IS NOT NULL)),
	CONSTRAINT ck_report_jobs_failed_has_an_error CHECK ((state = 'failed') = (error IS NOT NULL)),
	CONSTRAINT ck_report_jobs_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL))
);
CREATE TABLE requests (
	program VARCHAR NOT NULL,
	operation VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	content TEXT NOT NULL,
	holder VARCHAR NOT NULL,
	leased_until VARCHAR NOT NULL,
	subject_kind VARCHAR,
	subject_id VARCHAR,
	proposal_id VARCHAR,
	begun_at VARCHAR NOT NULL,
	CONSTRAINT pk_requests PRIMARY KEY (program, operation, "key"),
	CONSTRAINT ck_requests_subject_has_a_kind CHECK ((subject_kind IS NULL) = (subject_id IS NULL))
);
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
CREATE TABLE slot_holds (
	account VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	post_id VARCHAR NOT NULL,
	until VARCHAR NOT NULL,
	CONSTRAINT pk_slot_holds PRIMARY KEY (account, at),
	CONSTRAINT fk_slot_holds_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE slots (
	account VARCHAR NOT NULL,
	weekday INTEGER NOT NULL,
	minute INTEGER NOT NULL,
	CONSTRAINT pk_slots PRIMARY KEY (account, weekday, minute),
	CONSTRAINT fk_slots_account FOREIGN KEY(account) REFERENCES accounts (id),
	CONSTRAINT ck_slots_weekday CHECK (weekday BETWEEN 0 AND 6),
	CONSTRAINT ck_slots_minute CHECK (minute BETWEEN 0 AND 1439)
);
CREATE TABLE thumbnails (
	account VARCHAR NOT NULL,
	media_id VARCHAR NOT NULL,
	read_at VARCHAR NOT NULL,
	jpeg BLOB NOT NULL,
	CONSTRAINT pk_thumbnails PRIMARY KEY (account, media_id),
	CONSTRAINT fk_thumbnails_account FOREIGN KEY(account) REFERENCES accounts (id)
);
CREATE TABLE uploads (
	owner VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	name TEXT,
	sha256 VARCHAR NOT NULL,
	size_bytes BIGINT NOT NULL,
	media_type VARCHAR NOT NULL,
	file VARCHAR NOT NULL,
	created_at VARCHAR NOT NULL,
	ends_at VARCHAR NOT NULL,
	CONSTRAINT pk_uploads PRIMARY KEY (owner, id)
);
CREATE UNIQUE INDEX uq_sends_open ON sends (account) WHERE state = 'open';
CREATE INDEX ix_notices_try_at ON notices (try_at) WHERE try_at IS NOT NULL;
CREATE INDEX ix_logins_account ON logins (account);
CREATE UNIQUE INDEX uq_logins_default ON logins (is_default) WHERE is_default;
CREATE INDEX ix_account_aliases_account ON account_aliases (account);
CREATE INDEX ix_keys_actor ON keys (actor);
CREATE UNIQUE INDEX uq_keys_digest ON keys (digest);
CREATE INDEX ix_proposals_actor_content_hash_created_at ON proposals (actor, content_hash, created_at);
CREATE INDEX ix_proposals_subject_id_state ON proposals (subject_id, state);
CREATE INDEX ix_proposals_state_created_at_id ON proposals (state, created_at, id);
CREATE UNIQUE INDEX uq_proposals_waiting ON proposals (actor, content_hash) WHERE state = 'waiting';
CREATE INDEX ix_grants_actor ON grants (actor);
CREATE INDEX ix_grant_uses_grant_id_at ON grant_uses (grant_id, at);
CREATE INDEX ix_media_account_published_at_id ON media (account, published_at, id);
CREATE INDEX ix_media_account_opens_at ON media (account, opens_at);
CREATE INDEX ix_media_account_due_at ON media (account, due_at);
CREATE INDEX ix_readings_account_read_at ON readings (account, read_at);
CREATE INDEX ix_posts_account_goes_out_at_id ON posts (account, goes_out_at, id);
CREATE INDEX ix_posts_goes_out_at_id ON posts (goes_out_at, id);
CREATE INDEX ix_posts_lease_until ON posts (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX ix_posts_media_id ON posts (account, goes_out_at, media_id) WHERE media_id IS NOT NULL;
CREATE INDEX ix_posts_postponed_to ON posts (state, goes_out_at) WHERE postponed_to IS NOT NULL;
CREATE INDEX ix_posts_state_goes_out_at_id ON posts (state, goes_out_at, id);
CREATE INDEX ix_posts_wake_at ON posts (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX ix_containers_post_id_place ON containers (post_id, place);
CREATE INDEX ix_uploads_ends_at ON uploads (ends_at);
CREATE INDEX ix_journal_events_subject_id_subject_kind_id ON journal_events (subject_id, subject_kind, id);
CREATE INDEX ix_journal_events_transaction_id_id ON journal_events (transaction_id, id);
CREATE INDEX ix_journal_events_at ON journal_events (at);
CREATE INDEX ix_journal_events_actor ON journal_events (id) WHERE actor IS NOT NULL;
CREATE INDEX ix_requests_begun_at ON requests (begun_at);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_idempotency_keys_post_id ON idempotency_keys (post_id);
CREATE INDEX ix_report_jobs_owner_created_at ON report_jobs (owner, created_at);
CREATE INDEX ix_report_jobs_ends_at ON report_jobs (ends_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('journal_events',0)
