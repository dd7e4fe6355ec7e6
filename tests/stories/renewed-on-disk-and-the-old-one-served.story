# A certificate that was renewed on disk while the old one is still served is a ticket of its own

--- rules/certificate-served.toml
[[rule]]
name      = "certificate-not-loaded"
component = "security"
handling  = { server = "ticket", workstation = "watch" }
on        = 'check("served-certificate")'
warning   = 'value >= 0.5'
for       = "0s"
warning_clear = 'value < 0.5'
title     = "the certificate was renewed, and the old one is still served"
means     = "It works until the old one expires; then every client refuses to connect."
first     = ["systemctl reload nginx"]

--- story
08:00  host web-1
       fire certificate-not-loaded on web-1 warning
08:02  tell desk open #1 "[P4] web-1"
09:00  clear certificate-not-loaded on web-1
09:05  tell desk resolve #1
