PRAGMA application_id = 1447318612;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE alerts (
    id          INTEGER PRIMARY KEY,
    valid_until INTEGER,
    form        INTEGER NOT NULL,
    body        TEXT NOT NULL
);
INSERT INTO "alerts" VALUES(1,1750000700000,1,'{"id":1,"identity":{"source":"rules","labels":{"@entity":"7b1f0c6e-0000-4000-8000-000000000001","@rule":"filesystem-space","mountpoint":"/srv/1"}},"about":{"labels":{"alertname":"filesystem-space","class":"server","device":"/dev/mapper/vg0-data","env":"prod","host":"db-1","mountpoint":"/srv/1","severity":"critical","site":"vienna"},"annotations":{},"title":"/srv/1 is 94% full, 2.1 GiB left","means":"At 100 % every program that writes there fails.","first":["df -h"],"component":"storage","handling":"ticket","values":[["used",0.904],["free_bytes",2254857830.0]],"generator_url":""},"severity":"warning","state":"firing","starts_at":1750000001000,"updated_at":1750000004000,"validity_ms":300000,"valid_until":1750000304000,"incident":1,"drill":null,"occurrences":5}');
CREATE TABLE archived_incidents (
    id        INTEGER PRIMARY KEY,
    closed_at INTEGER NOT NULL,
    form      INTEGER NOT NULL,
    body      TEXT NOT NULL
);
INSERT INTO "archived_incidents" VALUES(2,1750000050000,1,'{"id":2,"group":"it-ops/host=2/component=storage","phase":"closed","team":"it-ops","route":"production","receivers":["desk","chat"],"leader":2,"title":"/srv/2 is almost full","severity":"critical","worst":"critical","priority":"P2","priority_why":{"impact":"medium","impact_from":"server","urgency":"high","urgency_from":"critical"},"handling":"ticket","drill":null,"members":10,"firing":1,"uncounted":0,"started_at":1750000001000,"joined_at":1750000009000,"opened_at":1750000002000,"cleared_at":1750000050000,"closed_at":1750000050000,"close":{"close":"cleared"},"acknowledged":null,"suppressed":null,"due":1750000069000,"reopened":0,"predecessor":null,"updated_at":1750000009000}');
CREATE TABLE archived_tickets (
    incident INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    form     INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (incident, receiver)
);
INSERT INTO "archived_tickets" VALUES(2,'desk',1,'{"incident":2,"receiver":"desk","key":"v7-2-1","state":"open","reference":{"id":"4002","url":"https://desk.example.org/ticket/4002"},"last_seq":0,"outstanding":[[0,0,"update"]],"told":{"severity":"critical","priority":"P2","members":0,"team":"it-ops","acknowledged_by":null},"update_due":1750000090000,"updated_at":1750000000000,"closing":null,"came_and_went":0}');
CREATE TABLE deliveries (
    id            INTEGER PRIMARY KEY,
    incident      INTEGER NOT NULL,
    receiver      TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    standing      INTEGER NOT NULL,
    head          INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    unknown_since INTEGER,
    created_at    INTEGER NOT NULL,
    answer        TEXT NOT NULL,
    form          INTEGER NOT NULL,
    body          TEXT NOT NULL
);
INSERT INTO "deliveries" VALUES(1,1,'desk',1,1,0,1750000000000,0,1,NULL,1750000001000,'',1,'{"id":1,"incident":1,"receiver":"desk","seq":1,"action":"open","ticket_key":"v7-1-1","created_at":1750000001000,"facts":{"incident":1,"group":"it-ops/host=db-7/component=storage","phase":"open","title":"/srv/1 is almost full","drill":null,"severity":"critical","priority":"P2","priority_why":{"impact":"medium","impact_from":"server","urgency":"high","urgency_from":"critical"},"handling":"ticket","team":"it-ops","acknowledged_by":null,"host":{"id":"7b1f0c6e-0000-4000-8000-000000000007","name":"db-7","class":"server","labels":{"env":"prod","site":"vienna"}},"component":"storage","rule":"filesystem-space","means":"When it is full, whatever writes there stops, most likely the database.","first":["df -h /srv","du -xh --max-depth=2 /srv | sort -h | tail"],"runbook_url":"https://wiki.example.org/runbooks/filesystem-space","values":[["used",0.96]],"labels":{"alertname":"filesystem-space","class":"server","device":"/dev/mapper/vg0-data","env":"prod","host":"db-1","mountpoint":"/srv/1","severity":"critical","site":"vienna"},"annotations":{},"members":[{"fingerprint":18446744073709551614,"title":"/srv/1 is 96% full, 2.1 GiB left","labels":{"alertname":"filesystem-space","class":"server","device":"/dev/mapper/vg0-data","env":"prod","host":"db-1","mountpoint":"/srv/1","severity":"critical","site":"vienna"},"annotations":{},"severity":"critical","starts_at":1750000001000,"ended_at":null,"generator_url":""}],"members_total":1,"members_firing":1,"started_at":1750000001000,"opened_at":1750000001000,"cleared_at":null,"close":null,"end":null,"next":{"next":"closes_when_well","after_s":300},"reopened":0,"previous":null,"note":null,"news":[],"came_and_went":0,"changes_more":0,"revision":3,"at":1750000001000}}');
INSERT INTO "deliveries" VALUES(2,1,'desk',2,0,1,1750000002000,0,1,NULL,1750000002000,'',1,'{"id":2,"incident":1,"receiver":"desk","seq":2,"action":"update","ticket_key":"v7-1-1","created_at":1750000002000,"facts":{"incident":1,"group":"it-ops/host=db-7/component=storage","phase":"open","title":"/srv/1 is almost full","drill":null,"severity":"critical","priority":"P2","priority_why":{"impact":"medium","impact_from":"server","urgency":"high","urgency_from":"critical"},"handling":"ticket","team":"it-ops","acknowledged_by":null,"host":{"id":"7b1f0c6e-0000-4000-8000-000000000007","name":"db-7","class":"server","labels":{"env":"prod","site":"vienna"}},"component":"storage","rule":"filesystem-space","means":"When it is full, whatever writes there stops, most likely the database.","first":["df -h /srv","du -xh --max-depth=2 /srv | sort -h | tail"],"runbook_url":"https://wiki.example.org/runbooks/filesystem-space","values":[["used",0.96]],"labels":{"alertname":"filesystem-space","class":"server","device":"/dev/mapper/vg0-data","env":"prod","host":"db-1","mountpoint":"/srv/1","severity":"critical","site":"vienna"},"annotations":{},"members":[{"fingerprint":18446744073709551614,"title":"/srv/1 is 96% full, 2.1 GiB left","labels":{"alertname":"filesystem-space","class":"server","device":"/dev/mapper/vg0-data","env":"prod","host":"db-1","mountpoint":"/srv/1","severity":"critical","site":"vienna"},"annotations":{},"severity":"critical","starts_at":1750000001000,"ended_at":null,"generator_url":""}],"members_total":1,"members_firing":1,"started_at":1750000001000,"opened_at":1750000002000,"cleared_at":null,"close":null,"end":null,"next":{"next":"closes_when_well","after_s":300},"reopened":0,"previous":null,"note":null,"news":[],"came_and_went":0,"changes_more":0,"revision":3,"at":1750000002000}}');
CREATE TABLE hosts (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO "hosts" VALUES('db-7',1,'{"id":"db-7","facts":{"name":"db-7.example.org","class":"server","labels":{"env":"prod"},"os":"Debian GNU/Linux 13 (trixie)","kernel":"6.12.38-amd64","cpus":8,"memory_bytes":33554432000},"boot":"boot-1","version":"0.1.0","interval_s":10.0,"first_seen":1750000000000,"away":null,"silent_since":null,"name_also_claimed_by":null}');
CREATE TABLE incidents (
    id        INTEGER PRIMARY KEY,
    closed_at INTEGER,
    form      INTEGER NOT NULL,
    body      TEXT NOT NULL
);
INSERT INTO "incidents" VALUES(1,NULL,1,'{"id":1,"group":"it-ops/host=1/component=storage","phase":"open","team":"it-ops","route":"production","receivers":["desk","chat"],"leader":1,"title":"/srv/1 is almost full","severity":"critical","worst":"critical","priority":"P2","priority_why":{"impact":"medium","impact_from":"server","urgency":"high","urgency_from":"critical"},"handling":"ticket","drill":null,"members":4,"firing":1,"uncounted":0,"started_at":1750000001000,"joined_at":1750000003000,"opened_at":1750000002000,"cleared_at":null,"closed_at":null,"close":null,"acknowledged":null,"suppressed":null,"due":1750000063000,"reopened":0,"predecessor":null,"updated_at":1750000003000}');
CREATE TABLE meta (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    number        INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    now           INTEGER,
    next_alert    INTEGER NOT NULL,
    next_incident INTEGER NOT NULL,
    next_delivery INTEGER NOT NULL,
    revision      INTEGER NOT NULL
);
INSERT INTO "meta" VALUES(1,3,1,1750000500000,2,3,3,3);
CREATE TABLE silences (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO "silences" VALUES('s-1',1,'{"id":"s-1","matchers":[{"name":"host","operator":"=~","value":"db-.*"},{"name":"env","operator":"=","value":"prod"}],"starts_at":1750000002000,"ends_at":1750003602000,"created_by":"ada","comment":"moving disks","annotations":{},"updated_at":1750000002000,"origin":"person"}');
CREATE TABLE tickets (
    incident INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    form     INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (incident, receiver)
);
INSERT INTO "tickets" VALUES(1,'desk',1,'{"incident":1,"receiver":"desk","key":"v7-1-1","state":"open","reference":{"id":"4001","url":"https://desk.example.org/ticket/4001"},"last_seq":4,"outstanding":[[4,4,"update"]],"told":{"severity":"critical","priority":"P2","members":4,"team":"it-ops","acknowledged_by":null},"update_due":1750000094000,"updated_at":1750000004000,"closing":null,"came_and_went":0}');
CREATE TABLE timeline (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    incident INTEGER,
    host     TEXT,
    revision INTEGER NOT NULL,
    form     INTEGER NOT NULL,
    body     TEXT NOT NULL
);
INSERT INTO "timeline" VALUES(1,1750000000000,1,'db-7',3,1,'[{"incident":1,"alert":null,"host":"db-7","reason":{"code":"noted","by":"ada","text":"opened"}}]');
CREATE INDEX archived_incidents_closed ON archived_incidents (closed_at);
CREATE INDEX deliveries_ticket ON deliveries (incident, receiver, standing);
CREATE INDEX deliveries_unfinished ON deliveries (receiver, standing, head, at) WHERE standing <> 1;
CREATE INDEX timeline_incident ON timeline (incident) WHERE incident IS NOT NULL;
CREATE INDEX timeline_host ON timeline (host) WHERE host IS NOT NULL;
COMMIT;
