#!/bin/bash
# Runs a Request Tracker 5 (Debian's packages, SQLite) on a loopback port until it is ended.
#
# In:  DIR   where this one keeps its database and log; made when absent
#      PORT  a free port of 127.0.0.1
# Out: DIR/rt.env with RT_URL, RT_QUEUE, RT_USER and RT_TOKEN; then the server,
#      in the foreground, as this very process: its end is the end of RT.
# RT_TEMPLATES names a folder where the freshly made database is kept for the next
# call (making it takes seconds, copying it none); without it nothing is kept.
set -euo pipefail

dir=${1:?usage: rt-up.sh DIR PORT}
port=${2:?usage: rt-up.sh DIR PORT}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$dir"/{mason,session,var}
dir=$(cd "$dir" && pwd)
# Another release of RT or of these scripts needs another database.
stamp=$({ dpkg-query -W request-tracker5; cat "$here/rt-up.sh" "$here/provision.pl"; } | sha256sum | cut -c1-12)
template=${RT_TEMPLATES:-$dir}/rt-$stamp

# RT reads everything from here and nothing from /etc.
site_config() { # DATABASE
  cat >"$dir/RT_SiteConfig.pm" <<PERL
Set(\$rtname, 'vedette-tests');
Set(\$Organization, 'tests.invalid');
Set(\$Timezone, 'UTC');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $port);
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$1');
Set(\$MailCommand, 'testfile');
Set(\$LogToSyslog, undef);
Set(\$LogToSTDERR, 'warning');
\$RT::VarPath = '$dir/var';
\$RT::MasonDataDir = '$dir/mason';
\$RT::MasonSessionDir = '$dir/session';
1;
PERL
}
export RT_SITE_CONFIG=$dir/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=/nonexistent TMPDIR=$dir/var

make_template() {
  local fresh=$template.new
  rm -rf "$fresh" && mkdir -p "$fresh"
  site_config "$fresh/rt.sqlite"
  # RT asks for a password of its administrator; nobody ever uses this one.
  head -c 24 /dev/urandom | base64 >"$fresh/root-password"
  rt-setup-database-5 --action init --dba root --dba-password unused --skip-create \
    --root-password-file "$fresh/root-password" </dev/null >"$dir/setup.log" 2>&1 &&
    perl "$here/provision.pl" >"$fresh/token" 2>>"$dir/setup.log" ||
    { tail -n 20 "$dir/setup.log" >&2; echo "Request Tracker's database could not be set up; the reason is above." >&2; return 1; }
  rm "$fresh/root-password"
  mv "$fresh" "$template"
}

# Several tests may come here at once: the first makes it, the others wait for it.
mkdir -p "$(dirname "$template")"
(
  flock 9
  [ -s "$template/token" ] || make_template
) 9>"$template.lock"

cp "$template/rt.sqlite" "$dir/rt.sqlite"
site_config "$dir/rt.sqlite"
cat >"$dir/rt.env" <<ENV
RT_URL=http://127.0.0.1:$port/REST/2.0
RT_QUEUE=Alerts
RT_USER=vedette
RT_TOKEN=$(cat "$template/token")
ENV
chmod 600 "$dir/rt.env"
exec /usr/share/request-tracker5/libexec/rt-server --server Starlet --host 127.0.0.1 --port "$port" --max-workers 2
