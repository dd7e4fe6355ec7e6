# The owner of an exception is told two weeks before it ends, once, whatever restarts; why says where a rule is different

--- exceptions.toml
[[exception]]
rule  = "filesystem-space"
match = ['host="nas-1"', 'mountpoint="/backup"']
set   = { warn_used = 0.98, crit_used = 0.995 }
why   = "backup volume is meant to be full"
owner = "ops1"
until = 2026-03-20

--- exceptions.toml (later)

--- story
00:10  host nas-1
       timeline everything "Exception of ops1 (in the files): filesystem-space where" "is warn_used 0.98, crit_used 0.995 until Sat 00:00"
       why nas-1 "by an exception of ops1" "backup volume is meant to be full"
+1d 07:30  tell desk open #1 "1 exception that ends soon; 1 new"
+5d 12:00  collector stops
       nobody is told
12:01  collector starts
       timeline everything "The exception of ops1 on filesystem-space where" "ends at Sat 00:00"
13:00  reload later
       timeline everything "was taken back; the rule is as it was"
