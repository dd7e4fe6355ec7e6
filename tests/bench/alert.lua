-- Alerts posted as Prometheus posts them: `BATCH` a request, over `DISTINCT` alerts, or each new.
local threads = 0
function setup(thread)
  thread:set("place", threads)
  threads = threads + 1
end
local batch = tonumber(os.getenv("BATCH") or "1")
local distinct = tonumber(os.getenv("DISTINCT") or "20000")
local run = os.getenv("RUN") or "0"
local at = 0
function init()
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end
function request()
  local alerts = {}
  for _ = 1, batch do
    at = at + 1
    local n = distinct > 0 and at % distinct or at
    alerts[#alerts + 1] = string.format(
      '{"labels":{"alertname":"Bench","instance":"host-%s-%d-%d:9100","job":"node","severity":"warning"},"annotations":{"summary":"bench"}}',
      run, place, n)
  end
  return wrk.format(nil, "/api/v2/alerts", nil, "[" .. table.concat(alerts, ",") .. "]")
end
