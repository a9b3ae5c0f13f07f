-- A catalogue as form 1 wrote it. Never change it: it stands for the stores
-- that are out there.
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE nodes (
  id INTEGER PRIMARY KEY, kind INTEGER, place INTEGER, conflict_copy INTEGER,
  mode INTEGER, uid INTEGER, gid INTEGER,
  atime INTEGER, mtime INTEGER, ctime INTEGER,
  rdev INTEGER, symlink_target TEXT, xattrs BLOB,
  gen INTEGER, content BLOB, known_size INTEGER,
  bind INTEGER, src INTEGER,
  touched INTEGER, closed INTEGER, again INTEGER, refused TEXT,
  loaded INTEGER, listed_at INTEGER);
CREATE TABLE names (
  node INTEGER, parent INTEGER, name BLOB,
  PRIMARY KEY (node, parent, name)) WITHOUT ROWID;
CREATE TABLE objects (
  key INTEGER PRIMARY KEY, parent INTEGER, name BLOB, view BLOB,
  kind INTEGER, language INTEGER, format INTEGER, type_name TEXT,
  object_id INTEGER, modified_at INTEGER, size_bytes INTEGER,
  gen INTEGER, base BLOB,
  news INTEGER, news_kind INTEGER, news_language INTEGER, news_format INTEGER,
  news_type_name TEXT, news_object_id INTEGER, news_modified_at INTEGER,
  news_size_bytes INTEGER, news_content BLOB,
  fresh INTEGER, changed INTEGER, touched INTEGER, asked INTEGER,
  again INTEGER, always_empty INTEGER);
CREATE TABLE intents (
  of_object INTEGER, owner INTEGER, op INTEGER, gen INTEGER, content BLOB,
  node INTEGER, path BLOB, dst BLOB, parent INTEGER, name BLOB, view BLOB,
  kind INTEGER, language INTEGER, format INTEGER,
  base_object_id INTEGER, base_modified_at INTEGER, at INTEGER,
  acked_sent_ms INTEGER, acked_answered_ms INTEGER,
  PRIMARY KEY (of_object, owner)) WITHOUT ROWID;
CREATE TABLE echo (
  name BLOB, hash BLOB, until INTEGER,
  PRIMARY KEY (name, hash)) WITHOUT ROWID;
CREATE TABLE echo_delete_path (
  path BLOB PRIMARY KEY, until INTEGER) WITHOUT ROWID;
CREATE TABLE echo_delete_row (
  parent INTEGER, name BLOB, until INTEGER,
  PRIMARY KEY (parent, name)) WITHOUT ROWID;
CREATE TABLE recent (
  path BLOB, object_id INTEGER, until INTEGER,
  PRIMARY KEY (path, object_id)) WITHOUT ROWID;
CREATE TABLE notices (
  number INTEGER PRIMARY KEY, at INTEGER, path BLOB, text TEXT);
CREATE TABLE trash (
  number INTEGER PRIMARY KEY, at INTEGER, path BLOB, content BLOB);
CREATE TABLE bodies (id INTEGER PRIMARY KEY, bytes BLOB);
CREATE TABLE sealed (
  body INTEGER PRIMARY KEY, file INTEGER, size_bytes INTEGER, synced INTEGER,
  blob BLOB);
CREATE TABLE fallbacks (
  node INTEGER PRIMARY KEY, body INTEGER, gen INTEGER, content BLOB,
  known_size INTEGER, dropped INTEGER);

INSERT INTO meta VALUES ('next_id', '5000');
INSERT INTO meta VALUES ('boot_id', 'boot-0');
INSERT INTO meta VALUES ('can_rename', '0');
INSERT INTO nodes VALUES (1,1,0,0,493,1000,1000,1,2,3,0,x'',NULL,0,NULL,NULL,1,0,0,0,0,'',1,50);
INSERT INTO nodes VALUES (2,0,0,0,420,1000,1000,1,1700000000000000001,3,0,x'',
  x'0106000000757365722e6b0100000076',3,
  x'01000001050000000000000004000000000000002cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  NULL,0,0,10,11,12,'',0,0);
INSERT INTO nodes VALUES (3,0,0,0,420,1000,1000,1,2,3,0,x'',NULL,1,NULL,42,5,0,0,0,0,'',0,0);
INSERT INTO names VALUES (2,1,x'6e6f74652e747874');
INSERT INTO names VALUES (3,1,x'6e622e7079');
INSERT INTO bodies VALUES (4, x'68656c6c6f');
INSERT INTO objects VALUES (1,0,x'',x'',0,0,0,'',0,0,NULL,-1,NULL,0,1,0,0,'',0,0,NULL,NULL,0,0,0,0,0,0);
INSERT INTO objects VALUES (5,1,x'6e62',x'6e622e7079',2,1,1,'NOTEBOOK',
  9007199254740993,1700000000000,42,1,x'2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  2,2,1,1,'',9007199254740993,1700000000009,NULL,NULL,0,1,2,3,4,0);
INSERT INTO intents VALUES (0,2,1,3,
  x'01000001050000000000000004000000000000002cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  2,x'',x'2f6e6f74652e747874',1,x'6e6f74652e747874',x'6e6f74652e747874',
  1,0,0,0,0,20,NULL,NULL);
INSERT INTO recent VALUES (x'2f676f6e65',7,100);
PRAGMA user_version=1;
