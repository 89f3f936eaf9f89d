BEGIN TRANSACTION;
CREATE TABLE accounts (
	name VARCHAR NOT NULL, 
	user_id TEXT, 
	login_type TEXT, 
	api_base TEXT, 
	version TEXT, 
	timezone TEXT, 
	sealed_token BLOB, 
	token_obtained_at VARCHAR, 
	token_expires_at VARCHAR, 
	token_refreshed_at VARCHAR, 
	is_default BOOLEAN DEFAULT false NOT NULL, 
	paused_until VARCHAR, 
	pause_reason TEXT, 
	last_slot_at VARCHAR, 
	refresh_worker TEXT, 
	refresh_until VARCHAR, 
	quota_total INTEGER, 
	quota_usage INTEGER, 
	quota_read_at VARCHAR, 
	CONSTRAINT pk_accounts PRIMARY KEY (name), 
	CONSTRAINT ck_accounts_pause_has_a_reason CHECK ((paused_until IS NULL) = (pause_reason IS NULL)), 
	CONSTRAINT ck_accounts_token_has_its_bundle CHECK (sealed_token IS NULL OR (user_id IS NOT NULL AND login_type IS NOT NULL AND api_base IS NOT NULL AND version IS NOT NULL AND timezone IS NOT NULL AND token_obtained_at IS NOT NULL))
);
INSERT INTO "accounts" VALUES('shop','17841400000000001','instagram','https://graph.instagram.com','v21.0','Europe/Vienna',X'0173686F70','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,1,NULL,NULL,NULL,NULL,NULL,100,5,'2026-11-24T11:59:50.000000+00:00');
INSERT INTO "accounts" VALUES('shop-fb','17841400000000001','facebook','https://graph.facebook.com','v21.0','Europe/Vienna',X'0173686F702D6662','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,0,'9999-12-31T00:00:00.000000+00:00','Instagram answered 190.','2026-11-24T12:00:50.000000+00:00',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('other','17841400000000002','instagram','https://graph.instagram.com','v21.0','Europe/Vienna',X'016F74686572','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('test','17841400000000001','instagram','http://127.0.0.1:8080','v21.0','Europe/Vienna',X'0174657374','2026-11-24T12:00:00.000000+00:00','2027-01-23T12:00:00.000000+00:00',NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('17841400000000001',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,'2026-11-24T12:01:00.000000+00:00','Instagram answered 4.',NULL,NULL,NULL,100,7,'2026-11-24T11:59:55.000000+00:00');
INSERT INTO "accounts" VALUES('me-0123456789ab',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('17841400000000001@127.0.0.1:8080',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "accounts" VALUES('nobody',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE assets (
	post_id VARCHAR NOT NULL, 
	place INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	copy TEXT, 
	CONSTRAINT pk_assets PRIMARY KEY (post_id, place), 
	CONSTRAINT fk_assets_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
INSERT INTO "assets" VALUES('shop-draft',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-awaiting_approval',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-scheduled',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-preparing',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-ready',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-published',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-failed',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-needs_attention',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-missed',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-cancelled',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('fb-open',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-open',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('fb-same-key',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('env-same-key',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('env-live',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('shop-not-yet',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('env-other-content',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('edited',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('me',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('on-a-sandbox',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
INSERT INTO "assets" VALUES('planned-early',0,'cat.png','/home/me/.local/share/pressroom/assets/aa11.png');
CREATE TABLE containers (
	post_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	place INTEGER NOT NULL, 
	created_at VARCHAR NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_containers PRIMARY KEY (post_id, id), 
	CONSTRAINT fk_containers_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
INSERT INTO "containers" VALUES('fb-open','c1',0,'2026-11-24T12:00:00.000000+00:00','{"id":"c1","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":null,"status":"IN_PROGRESS","subcode":null}');
INSERT INTO "containers" VALUES('shop-open','c1',0,'2026-11-24T12:00:00.000000+00:00','{"id":"c1","item":null,"created_at":"2026-11-24T12:00:00Z","host_date":null,"status":"IN_PROGRESS","subcode":null}');
CREATE TABLE idempotency_keys (
	account VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	content_hash TEXT NOT NULL, 
	post_id VARCHAR NOT NULL, 
	created_at VARCHAR NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (account, "key"), 
	CONSTRAINT fk_idempotency_keys_account FOREIGN KEY(account) REFERENCES accounts (name), 
	CONSTRAINT fk_idempotency_keys_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "idempotency_keys" VALUES('shop','key-draft','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-draft','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-awaiting_approval','31833f0f2079195c27d18b9e78ad31bd73381d2f6dd56f966a8f334c1c362e2d','shop-awaiting_approval','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-scheduled','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-scheduled','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-preparing','31833f0f2079195c27d18b9e78ad31bd73381d2f6dd56f966a8f334c1c362e2d','shop-preparing','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-ready','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-ready','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-published','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-published','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-failed','31833f0f2079195c27d18b9e78ad31bd73381d2f6dd56f966a8f334c1c362e2d','shop-failed','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-needs_attention','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-needs_attention','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-missed','31833f0f2079195c27d18b9e78ad31bd73381d2f6dd56f966a8f334c1c362e2d','shop-missed','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','key-cancelled','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-cancelled','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop-fb','fb','6a83f6c2133ddcf98a4c0568613c95ba2525b1dafa225c9978ffa3eb61057e0f','fb-open','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','open','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-open','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop-fb','key-published','6a83f6c2133ddcf98a4c0568613c95ba2525b1dafa225c9978ffa3eb61057e0f','fb-same-key','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001','key-published','507fe525e9961950827ccbe3be7ab3c12dce8342758ae4410f073b50419b684a','env-same-key','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001','twice','507fe525e9961950827ccbe3be7ab3c12dce8342758ae4410f073b50419b684a','env-live','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','twice','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','shop-not-yet','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001','key-scheduled','02d78f16276ce1f03c4362ee1fb6e9e0fd39d8d302b0a8df72987701807d1008','env-other-content','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('shop','edited','625b1bcd66b474248213a2218e99cfe065857059ddff147e2a26b4525f948cc8','edited','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('me-0123456789ab','me','e7167fe748c1671146f6d7fab94e0983b647bdb69fc33323040d11efa82780fd','me','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('17841400000000001@127.0.0.1:8080','sandbox','0f6c5e459b9c4b4f2b1e97075f2c6943f0e238e3e6984e47e40a6b8b81b12fc6','on-a-sandbox','2026-11-24T12:00:00.000000+00:00');
INSERT INTO "idempotency_keys" VALUES('nobody','early','2d20aff3d2bfc46c4c3612d22e48511ad568269def2656307ed424f9e9bb1b6b','planned-early','2026-11-24T12:00:00.000000+00:00');
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
INSERT INTO "journal_events" VALUES(1,'fb-open','2026-11-24T12:00:01.000000+00:00','container_created','Made.',NULL,NULL,NULL,NULL,NULL);
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
CREATE TABLE periodic_jobs (
	name VARCHAR NOT NULL, 
	next_run_at VARCHAR NOT NULL, 
	lease_worker TEXT, 
	lease_until VARCHAR, 
	CONSTRAINT pk_periodic_jobs PRIMARY KEY (name), 
	CONSTRAINT ck_periodic_jobs_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL))
);
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
	lease_until VARCHAR, 
	CONSTRAINT pk_posts PRIMARY KEY (id), 
	CONSTRAINT ck_posts_lease_has_a_worker CHECK ((lease_worker IS NULL) = (lease_until IS NULL)), 
	CONSTRAINT ck_posts_only_some_states_wake CHECK (wake_at IS NULL OR state IN ('scheduled', 'preparing', 'ready', 'publishing', 'awaiting_approval', 'published')), 
	CONSTRAINT ck_posts_under_way_wakes CHECK (wake_at IS NOT NULL OR NOT (state IN ('scheduled', 'preparing', 'ready', 'publishing'))), 
	CONSTRAINT ck_posts_state CHECK (state IN ('draft', 'awaiting_approval', 'scheduled', 'preparing', 'ready', 'publishing', 'published', 'failed', 'needs_attention', 'missed', 'cancelled')), 
	CONSTRAINT fk_posts_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "posts" VALUES('shop-draft','shop','draft',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:00.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-draft","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-awaiting_approval','shop','awaiting_approval',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:01.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Hello @you","alt_texts":["A cat"],"cover":{"source":"cover.png","copy":"/home/me/.local/share/pressroom/assets/cc33.png"},"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[{"username":"anna","x":0.5,"y":0.25}],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":1.5,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:01Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-awaiting_approval","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-scheduled','shop','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:02.000000+00:00','2026-11-24T13:00:02.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:02Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-scheduled","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-preparing','shop','preparing',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:03.000000+00:00','1970-01-01T00:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello @you","alt_texts":["A cat"],"cover":{"source":"cover.png","copy":"/home/me/.local/share/pressroom/assets/cc33.png"},"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[{"username":"anna","x":0.5,"y":0.25}],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":1.5,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:03Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-preparing","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-ready','shop','ready',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:04.000000+00:00','1970-01-01T00:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:04Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-ready","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-published','shop','published',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:06.000000+00:00','1970-01-01T00:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:06Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-published","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-failed','shop','failed',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:07.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Hello @you","alt_texts":["A cat"],"cover":{"source":"cover.png","copy":"/home/me/.local/share/pressroom/assets/cc33.png"},"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[{"username":"anna","x":0.5,"y":0.25}],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":1.5,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:07Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-failed","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-needs_attention','shop','needs_attention',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:08.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:08Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-needs_attention","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-missed','shop','missed',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:09.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Hello @you","alt_texts":["A cat"],"cover":{"source":"cover.png","copy":"/home/me/.local/share/pressroom/assets/cc33.png"},"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[{"username":"anna","x":0.5,"y":0.25}],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":1.5,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:09Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-missed","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-cancelled','shop','cancelled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:10.000000+00:00',NULL,NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:10Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-cancelled","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('fb-open','shop-fb','publishing',1,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:00.000000+00:00','1970-01-01T00:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"fb","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-open','shop','publishing',1,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:00.000000+00:00','1970-01-01T00:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"open","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('fb-same-key','shop-fb','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-published","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('env-same-key','17841400000000001','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-published","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('env-live','17841400000000001','published',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T13:00:00.000000+00:00','1970-01-01T00:00:00.000000+00:00','900','{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T13:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"twice","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('shop-not-yet','shop','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00','2026-11-24T14:00:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:00:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"twice","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('env-other-content','17841400000000001','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:01:40.000000+00:00','2026-11-24T14:01:40.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Other","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:01:40Z","timezone":"UTC","if_late":"publish","idempotency_key":"key-scheduled","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('edited','shop','scheduled',1,'2026-11-24T12:00:00.000000+00:00','2026-11-24T14:30:00.000000+00:00','2026-11-24T14:30:00.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Edited","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T14:30:00Z","timezone":"UTC","if_late":"publish","idempotency_key":"edited","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('me','me-0123456789ab','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:01:40.000000+00:00','2026-11-24T12:01:40.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:01:40Z","timezone":"UTC","if_late":"publish","idempotency_key":"me","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('on-a-sandbox','17841400000000001@127.0.0.1:8080','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:01:40.000000+00:00','2026-11-24T12:01:40.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:01:40Z","timezone":"UTC","if_late":"publish","idempotency_key":"sandbox","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
INSERT INTO "posts" VALUES('planned-early','nobody','scheduled',0,'2026-11-24T12:00:00.000000+00:00','2026-11-24T12:01:40.000000+00:00','2026-11-24T12:01:40.000000+00:00',NULL,'{"kind":"photo","options":{"caption":"Hello","alt_texts":[],"cover":null,"thumb_offset_ms":null,"share_to_feed":null,"location_id":null,"user_tags":[],"collaborators":[],"first_comment":null,"fit":"blur","target":"platform","quality":"normal","edits":{"start_s":null,"end_s":null,"repeat":false,"loudness":false,"salvage":false},"convert":null},"due_at":"2026-11-24T12:01:40Z","timezone":"UTC","if_late":"publish","idempotency_key":"early","not_before":null,"wake_at":null,"held_up_by":null,"slot_at":null,"attention":null,"followups":["permalink","first_comment"],"listings":[],"permalink":null,"media_product_type":null,"first_comment_id":null,"comment_committed_at":null,"comment_refusal":null,"comment_rewritten":false,"comment_tries":0,"comment_looks":0,"problem":null,"failure":null,"is_interrupted":false}',NULL,NULL);
CREATE TABLE quota_ledger (
	account VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	CONSTRAINT pk_quota_ledger PRIMARY KEY (account, what, at, reference), 
	CONSTRAINT ck_quota_ledger_what CHECK (what IN ('container', 'publish')), 
	CONSTRAINT fk_quota_ledger_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "quota_ledger" VALUES('shop','publish','2026-11-24T12:00:00.000000+00:00','shop-published');
INSERT INTO "quota_ledger" VALUES('shop-fb','container','2026-11-24T12:00:00.000000+00:00','c1');
INSERT INTO "quota_ledger" VALUES('shop','container','2026-11-24T12:00:00.000000+00:00','c1');
INSERT INTO "quota_ledger" VALUES('17841400000000001','publish','2026-11-24T12:00:00.000000+00:00','env-live');
INSERT INTO "quota_ledger" VALUES('shop','publish','2026-11-24T11:59:55.000000+00:00','900');
INSERT INTO "quota_ledger" VALUES('shop-fb','publish','2026-11-24T11:59:55.000000+00:00','900');
INSERT INTO "quota_ledger" VALUES('17841400000000001','publish','2026-11-24T11:59:55.000000+00:00','900');
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
	CONSTRAINT fk_sends_account FOREIGN KEY(account) REFERENCES accounts (name), 
	CONSTRAINT fk_sends_post_id FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_sends_post_id_container_id FOREIGN KEY(post_id, container_id) REFERENCES containers (post_id, id)
);
INSERT INTO "sends" VALUES('fb-open',1,'shop-fb','c1','open','2026-11-24T12:00:25.000000+00:00','{"container_id":"c1","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"open","code":null,"subcode":null,"may_resend":true,"doubtful_at":null,"looks":[]}');
INSERT INTO "sends" VALUES('shop-open',1,'shop','c1','open','2026-11-24T12:00:25.000000+00:00','{"container_id":"c1","number":1,"started_at":"2026-11-24T12:00:10Z","deadline":"2026-11-24T12:00:25Z","snapshot":{"listed":["m0"],"quota_usage":3,"host_date":null,"went_live":0},"state":"open","code":null,"subcode":null,"may_resend":true,"doubtful_at":null,"looks":[]}');
CREATE TABLE slot_holds (
	account VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	post_id VARCHAR NOT NULL, 
	until VARCHAR NOT NULL, 
	CONSTRAINT pk_slot_holds PRIMARY KEY (account, at), 
	CONSTRAINT fk_slot_holds_account FOREIGN KEY(account) REFERENCES accounts (name)
);
CREATE TABLE slots (
	account VARCHAR NOT NULL, 
	weekday INTEGER NOT NULL, 
	minute INTEGER NOT NULL, 
	CONSTRAINT pk_slots PRIMARY KEY (account, weekday, minute), 
	CONSTRAINT fk_slots_account FOREIGN KEY(account) REFERENCES accounts (name), 
	CONSTRAINT ck_slots_weekday CHECK (weekday BETWEEN 0 AND 6), 
	CONSTRAINT ck_slots_minute CHECK (minute BETWEEN 0 AND 1439)
);
INSERT INTO "slots" VALUES('shop',0,540);
INSERT INTO "slots" VALUES('shop-fb',0,540);
INSERT INTO "slots" VALUES('shop-fb',1,600);
CREATE UNIQUE INDEX uq_accounts_default ON accounts (is_default) WHERE is_default;
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('journal_events',1);
COMMIT;
