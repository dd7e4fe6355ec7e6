-- Reports of 60 samples from `hosts` invented hosts, each with its own id and ascending sequence.
local threads = 0
function setup(thread)
  thread:set("place", threads)
  threads = threads + 1
end
local hosts = tonumber(os.getenv("HOSTS") or "500")
local at, seq = 0, {}
local epoch, started
function init()
  math.randomseed(os.time() + place)
  epoch = string.format("%08x-0000-4000-8000-%012x", math.random(0, 0x7fffffff), place)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end
local function sample(name, attributes, value)
  return string.format('{"name":"%s",%s"value":%g}', name, attributes, value)
end
function request()
  at = at % hosts + 1
  seq[at] = (seq[at] or 0) + 1
  local samples = { sample("system.uptime", "", 1000 + seq[at]) }
  for _, mode in ipairs({ "user", "system", "nice", "idle", "iowait", "irq", "steal" }) do
    samples[#samples + 1] = sample("system.cpu.utilization", '"attributes":{"cpu.mode":"' .. mode .. '"},', math.random() / 8)
  end
  samples[#samples + 1] = sample("system.linux.load_per_cpu.15m", "", math.random())
  samples[#samples + 1] = sample("system.memory.linux.available_ratio", "", 0.5 + math.random() / 10)
  samples[#samples + 1] = sample("system.memory.linux.available", "", 4e9)
  for mount = 1, 7 do
    local attributes = string.format('"attributes":{"mountpoint":"/m%d","device":"/dev/sd%d","type":"ext4","mode":"rw"},', mount, mount)
    samples[#samples + 1] = sample("system.filesystem.limit", attributes, 1e12)
    samples[#samples + 1] = sample("system.filesystem.available", attributes, 4e11 + math.random(1e9))
    samples[#samples + 1] = sample("system.filesystem.utilization", attributes, 0.6)
    samples[#samples + 1] = sample("system.filesystem.inodes.utilization", attributes, 0.1)
    samples[#samples + 1] = sample("system.filesystem.inodes.free", attributes, 1e6)
    samples[#samples + 1] = sample("system.filesystem.readonly", attributes, 0)
    samples[#samples + 1] = sample("system.filesystem.stuck", attributes, 0)
  end
  local id = string.format("%08x-0000-4000-9000-%012x", place, at)
  local mono = 1000000 + seq[at] * 1000
  local probes = '{"probe":"filesystem","looked":"yes"},{"probe":"cpu","looked":"yes"},{"probe":"memory","looked":"yes"},{"probe":"load","looked":"yes"},{"probe":"uptime","looked":"yes"}'
  local body = string.format(
    '{"wire":1,"agent":"%s","boot":"%s","epoch":"%s","stream":"live","host":{"name":"bench-%d-%d","class":"server"},"version":"0.1.0","sent_wall_ms":%d,"sent_mono_ms":%d,"rounds":[{"seq":%d,"wall_ms":%d,"mono_ms":%d,"interval_s":15,"probes":[%s],"samples":[%s]}]}',
    id, id, epoch, place, at, os.time() * 1000, mono, seq[at], os.time() * 1000, mono, probes, table.concat(samples, ","))
  return wrk.format(nil, "/api/v1/reports", nil, body)
end
