# Three hundred pods of one cluster are one ticket; it is told when it has grown by half, and lists a hundred

--- collector.toml (added)
[[route]]
name = "prometheus by cluster"
match = ['cluster=~".+"']
ticket_per = ["cluster", "alertname"]

--- story
00:00  post alertname=PodCrash cluster=k1 pod=p0 severity=critical for 24h
       tell desk open #1
00:01  post alertname=PodCrash cluster=k1 pod=p1 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p2 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p3 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p4 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p5 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p6 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p7 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p8 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p9 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p10 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p11 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p12 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p13 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p14 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p15 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p16 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p17 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p18 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p19 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p20 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p21 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p22 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p23 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p24 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p25 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p26 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p27 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p28 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p29 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p30 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p31 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p32 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p33 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p34 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p35 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p36 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p37 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p38 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p39 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p40 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p41 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p42 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p43 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p44 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p45 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p46 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p47 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p48 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p49 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p50 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p51 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p52 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p53 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p54 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p55 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p56 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p57 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p58 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p59 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p60 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p61 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p62 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p63 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p64 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p65 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p66 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p67 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p68 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p69 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p70 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p71 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p72 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p73 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p74 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p75 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p76 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p77 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p78 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p79 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p80 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p81 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p82 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p83 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p84 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p85 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p86 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p87 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p88 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p89 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p90 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p91 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p92 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p93 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p94 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p95 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p96 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p97 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p98 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p99 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p100 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p101 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p102 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p103 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p104 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p105 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p106 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p107 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p108 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p109 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p110 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p111 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p112 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p113 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p114 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p115 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p116 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p117 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p118 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p119 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p120 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p121 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p122 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p123 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p124 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p125 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p126 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p127 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p128 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p129 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p130 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p131 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p132 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p133 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p134 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p135 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p136 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p137 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p138 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p139 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p140 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p141 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p142 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p143 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p144 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p145 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p146 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p147 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p148 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p149 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p150 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p151 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p152 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p153 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p154 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p155 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p156 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p157 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p158 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p159 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p160 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p161 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p162 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p163 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p164 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p165 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p166 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p167 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p168 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p169 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p170 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p171 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p172 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p173 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p174 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p175 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p176 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p177 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p178 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p179 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p180 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p181 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p182 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p183 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p184 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p185 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p186 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p187 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p188 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p189 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p190 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p191 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p192 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p193 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p194 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p195 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p196 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p197 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p198 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p199 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p200 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p201 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p202 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p203 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p204 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p205 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p206 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p207 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p208 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p209 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p210 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p211 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p212 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p213 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p214 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p215 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p216 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p217 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p218 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p219 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p220 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p221 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p222 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p223 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p224 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p225 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p226 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p227 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p228 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p229 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p230 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p231 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p232 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p233 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p234 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p235 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p236 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p237 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p238 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p239 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p240 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p241 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p242 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p243 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p244 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p245 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p246 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p247 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p248 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p249 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p250 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p251 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p252 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p253 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p254 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p255 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p256 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p257 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p258 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p259 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p260 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p261 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p262 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p263 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p264 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p265 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p266 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p267 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p268 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p269 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p270 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p271 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p272 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p273 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p274 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p275 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p276 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p277 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p278 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p279 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p280 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p281 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p282 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p283 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p284 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p285 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p286 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p287 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p288 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p289 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p290 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p291 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p292 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p293 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p294 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p295 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p296 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p297 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p298 severity=critical for 24h
       post alertname=PodCrash cluster=k1 pod=p299 severity=critical for 24h
00:02  tell desk update #1 "300 alerts instead of 1"
       incident #1 open members 300 firing 300
00:10  end alertname=PodCrash cluster=k1 pod=p0 severity=critical
       end alertname=PodCrash cluster=k1 pod=p1 severity=critical
       end alertname=PodCrash cluster=k1 pod=p2 severity=critical
       end alertname=PodCrash cluster=k1 pod=p3 severity=critical
       end alertname=PodCrash cluster=k1 pod=p4 severity=critical
       end alertname=PodCrash cluster=k1 pod=p5 severity=critical
       end alertname=PodCrash cluster=k1 pod=p6 severity=critical
       end alertname=PodCrash cluster=k1 pod=p7 severity=critical
       end alertname=PodCrash cluster=k1 pod=p8 severity=critical
       end alertname=PodCrash cluster=k1 pod=p9 severity=critical
       end alertname=PodCrash cluster=k1 pod=p10 severity=critical
       end alertname=PodCrash cluster=k1 pod=p11 severity=critical
       end alertname=PodCrash cluster=k1 pod=p12 severity=critical
       end alertname=PodCrash cluster=k1 pod=p13 severity=critical
       end alertname=PodCrash cluster=k1 pod=p14 severity=critical
       end alertname=PodCrash cluster=k1 pod=p15 severity=critical
       end alertname=PodCrash cluster=k1 pod=p16 severity=critical
       end alertname=PodCrash cluster=k1 pod=p17 severity=critical
       end alertname=PodCrash cluster=k1 pod=p18 severity=critical
       end alertname=PodCrash cluster=k1 pod=p19 severity=critical
       end alertname=PodCrash cluster=k1 pod=p20 severity=critical
       end alertname=PodCrash cluster=k1 pod=p21 severity=critical
       end alertname=PodCrash cluster=k1 pod=p22 severity=critical
       end alertname=PodCrash cluster=k1 pod=p23 severity=critical
       end alertname=PodCrash cluster=k1 pod=p24 severity=critical
       end alertname=PodCrash cluster=k1 pod=p25 severity=critical
       end alertname=PodCrash cluster=k1 pod=p26 severity=critical
       end alertname=PodCrash cluster=k1 pod=p27 severity=critical
       end alertname=PodCrash cluster=k1 pod=p28 severity=critical
       end alertname=PodCrash cluster=k1 pod=p29 severity=critical
       end alertname=PodCrash cluster=k1 pod=p30 severity=critical
       end alertname=PodCrash cluster=k1 pod=p31 severity=critical
       end alertname=PodCrash cluster=k1 pod=p32 severity=critical
       end alertname=PodCrash cluster=k1 pod=p33 severity=critical
       end alertname=PodCrash cluster=k1 pod=p34 severity=critical
       end alertname=PodCrash cluster=k1 pod=p35 severity=critical
       end alertname=PodCrash cluster=k1 pod=p36 severity=critical
       end alertname=PodCrash cluster=k1 pod=p37 severity=critical
       end alertname=PodCrash cluster=k1 pod=p38 severity=critical
       end alertname=PodCrash cluster=k1 pod=p39 severity=critical
       end alertname=PodCrash cluster=k1 pod=p40 severity=critical
       end alertname=PodCrash cluster=k1 pod=p41 severity=critical
       end alertname=PodCrash cluster=k1 pod=p42 severity=critical
       end alertname=PodCrash cluster=k1 pod=p43 severity=critical
       end alertname=PodCrash cluster=k1 pod=p44 severity=critical
       end alertname=PodCrash cluster=k1 pod=p45 severity=critical
       end alertname=PodCrash cluster=k1 pod=p46 severity=critical
       end alertname=PodCrash cluster=k1 pod=p47 severity=critical
       end alertname=PodCrash cluster=k1 pod=p48 severity=critical
       end alertname=PodCrash cluster=k1 pod=p49 severity=critical
       end alertname=PodCrash cluster=k1 pod=p50 severity=critical
       end alertname=PodCrash cluster=k1 pod=p51 severity=critical
       end alertname=PodCrash cluster=k1 pod=p52 severity=critical
       end alertname=PodCrash cluster=k1 pod=p53 severity=critical
       end alertname=PodCrash cluster=k1 pod=p54 severity=critical
       end alertname=PodCrash cluster=k1 pod=p55 severity=critical
       end alertname=PodCrash cluster=k1 pod=p56 severity=critical
       end alertname=PodCrash cluster=k1 pod=p57 severity=critical
       end alertname=PodCrash cluster=k1 pod=p58 severity=critical
       end alertname=PodCrash cluster=k1 pod=p59 severity=critical
       end alertname=PodCrash cluster=k1 pod=p60 severity=critical
       end alertname=PodCrash cluster=k1 pod=p61 severity=critical
       end alertname=PodCrash cluster=k1 pod=p62 severity=critical
       end alertname=PodCrash cluster=k1 pod=p63 severity=critical
       end alertname=PodCrash cluster=k1 pod=p64 severity=critical
       end alertname=PodCrash cluster=k1 pod=p65 severity=critical
       end alertname=PodCrash cluster=k1 pod=p66 severity=critical
       end alertname=PodCrash cluster=k1 pod=p67 severity=critical
       end alertname=PodCrash cluster=k1 pod=p68 severity=critical
       end alertname=PodCrash cluster=k1 pod=p69 severity=critical
       end alertname=PodCrash cluster=k1 pod=p70 severity=critical
       end alertname=PodCrash cluster=k1 pod=p71 severity=critical
       end alertname=PodCrash cluster=k1 pod=p72 severity=critical
       end alertname=PodCrash cluster=k1 pod=p73 severity=critical
       end alertname=PodCrash cluster=k1 pod=p74 severity=critical
       end alertname=PodCrash cluster=k1 pod=p75 severity=critical
       end alertname=PodCrash cluster=k1 pod=p76 severity=critical
       end alertname=PodCrash cluster=k1 pod=p77 severity=critical
       end alertname=PodCrash cluster=k1 pod=p78 severity=critical
       end alertname=PodCrash cluster=k1 pod=p79 severity=critical
       end alertname=PodCrash cluster=k1 pod=p80 severity=critical
       end alertname=PodCrash cluster=k1 pod=p81 severity=critical
       end alertname=PodCrash cluster=k1 pod=p82 severity=critical
       end alertname=PodCrash cluster=k1 pod=p83 severity=critical
       end alertname=PodCrash cluster=k1 pod=p84 severity=critical
       end alertname=PodCrash cluster=k1 pod=p85 severity=critical
       end alertname=PodCrash cluster=k1 pod=p86 severity=critical
       end alertname=PodCrash cluster=k1 pod=p87 severity=critical
       end alertname=PodCrash cluster=k1 pod=p88 severity=critical
       end alertname=PodCrash cluster=k1 pod=p89 severity=critical
       end alertname=PodCrash cluster=k1 pod=p90 severity=critical
       end alertname=PodCrash cluster=k1 pod=p91 severity=critical
       end alertname=PodCrash cluster=k1 pod=p92 severity=critical
       end alertname=PodCrash cluster=k1 pod=p93 severity=critical
       end alertname=PodCrash cluster=k1 pod=p94 severity=critical
       end alertname=PodCrash cluster=k1 pod=p95 severity=critical
       end alertname=PodCrash cluster=k1 pod=p96 severity=critical
       end alertname=PodCrash cluster=k1 pod=p97 severity=critical
       end alertname=PodCrash cluster=k1 pod=p98 severity=critical
       end alertname=PodCrash cluster=k1 pod=p99 severity=critical
       end alertname=PodCrash cluster=k1 pod=p100 severity=critical
       end alertname=PodCrash cluster=k1 pod=p101 severity=critical
       end alertname=PodCrash cluster=k1 pod=p102 severity=critical
       end alertname=PodCrash cluster=k1 pod=p103 severity=critical
       end alertname=PodCrash cluster=k1 pod=p104 severity=critical
       end alertname=PodCrash cluster=k1 pod=p105 severity=critical
       end alertname=PodCrash cluster=k1 pod=p106 severity=critical
       end alertname=PodCrash cluster=k1 pod=p107 severity=critical
       end alertname=PodCrash cluster=k1 pod=p108 severity=critical
       end alertname=PodCrash cluster=k1 pod=p109 severity=critical
       end alertname=PodCrash cluster=k1 pod=p110 severity=critical
       end alertname=PodCrash cluster=k1 pod=p111 severity=critical
       end alertname=PodCrash cluster=k1 pod=p112 severity=critical
       end alertname=PodCrash cluster=k1 pod=p113 severity=critical
       end alertname=PodCrash cluster=k1 pod=p114 severity=critical
       end alertname=PodCrash cluster=k1 pod=p115 severity=critical
       end alertname=PodCrash cluster=k1 pod=p116 severity=critical
       end alertname=PodCrash cluster=k1 pod=p117 severity=critical
       end alertname=PodCrash cluster=k1 pod=p118 severity=critical
       end alertname=PodCrash cluster=k1 pod=p119 severity=critical
       end alertname=PodCrash cluster=k1 pod=p120 severity=critical
       end alertname=PodCrash cluster=k1 pod=p121 severity=critical
       end alertname=PodCrash cluster=k1 pod=p122 severity=critical
       end alertname=PodCrash cluster=k1 pod=p123 severity=critical
       end alertname=PodCrash cluster=k1 pod=p124 severity=critical
       end alertname=PodCrash cluster=k1 pod=p125 severity=critical
       end alertname=PodCrash cluster=k1 pod=p126 severity=critical
       end alertname=PodCrash cluster=k1 pod=p127 severity=critical
       end alertname=PodCrash cluster=k1 pod=p128 severity=critical
       end alertname=PodCrash cluster=k1 pod=p129 severity=critical
       end alertname=PodCrash cluster=k1 pod=p130 severity=critical
       end alertname=PodCrash cluster=k1 pod=p131 severity=critical
       end alertname=PodCrash cluster=k1 pod=p132 severity=critical
       end alertname=PodCrash cluster=k1 pod=p133 severity=critical
       end alertname=PodCrash cluster=k1 pod=p134 severity=critical
       end alertname=PodCrash cluster=k1 pod=p135 severity=critical
       end alertname=PodCrash cluster=k1 pod=p136 severity=critical
       end alertname=PodCrash cluster=k1 pod=p137 severity=critical
       end alertname=PodCrash cluster=k1 pod=p138 severity=critical
       end alertname=PodCrash cluster=k1 pod=p139 severity=critical
       end alertname=PodCrash cluster=k1 pod=p140 severity=critical
       end alertname=PodCrash cluster=k1 pod=p141 severity=critical
       end alertname=PodCrash cluster=k1 pod=p142 severity=critical
       end alertname=PodCrash cluster=k1 pod=p143 severity=critical
       end alertname=PodCrash cluster=k1 pod=p144 severity=critical
       end alertname=PodCrash cluster=k1 pod=p145 severity=critical
       end alertname=PodCrash cluster=k1 pod=p146 severity=critical
       end alertname=PodCrash cluster=k1 pod=p147 severity=critical
       end alertname=PodCrash cluster=k1 pod=p148 severity=critical
       end alertname=PodCrash cluster=k1 pod=p149 severity=critical
       end alertname=PodCrash cluster=k1 pod=p150 severity=critical
       end alertname=PodCrash cluster=k1 pod=p151 severity=critical
       end alertname=PodCrash cluster=k1 pod=p152 severity=critical
       end alertname=PodCrash cluster=k1 pod=p153 severity=critical
       end alertname=PodCrash cluster=k1 pod=p154 severity=critical
       end alertname=PodCrash cluster=k1 pod=p155 severity=critical
       end alertname=PodCrash cluster=k1 pod=p156 severity=critical
       end alertname=PodCrash cluster=k1 pod=p157 severity=critical
       end alertname=PodCrash cluster=k1 pod=p158 severity=critical
       end alertname=PodCrash cluster=k1 pod=p159 severity=critical
       end alertname=PodCrash cluster=k1 pod=p160 severity=critical
       end alertname=PodCrash cluster=k1 pod=p161 severity=critical
       end alertname=PodCrash cluster=k1 pod=p162 severity=critical
       end alertname=PodCrash cluster=k1 pod=p163 severity=critical
       end alertname=PodCrash cluster=k1 pod=p164 severity=critical
       end alertname=PodCrash cluster=k1 pod=p165 severity=critical
       end alertname=PodCrash cluster=k1 pod=p166 severity=critical
       end alertname=PodCrash cluster=k1 pod=p167 severity=critical
       end alertname=PodCrash cluster=k1 pod=p168 severity=critical
       end alertname=PodCrash cluster=k1 pod=p169 severity=critical
       end alertname=PodCrash cluster=k1 pod=p170 severity=critical
       end alertname=PodCrash cluster=k1 pod=p171 severity=critical
       end alertname=PodCrash cluster=k1 pod=p172 severity=critical
       end alertname=PodCrash cluster=k1 pod=p173 severity=critical
       end alertname=PodCrash cluster=k1 pod=p174 severity=critical
       end alertname=PodCrash cluster=k1 pod=p175 severity=critical
       end alertname=PodCrash cluster=k1 pod=p176 severity=critical
       end alertname=PodCrash cluster=k1 pod=p177 severity=critical
       end alertname=PodCrash cluster=k1 pod=p178 severity=critical
       end alertname=PodCrash cluster=k1 pod=p179 severity=critical
       end alertname=PodCrash cluster=k1 pod=p180 severity=critical
       end alertname=PodCrash cluster=k1 pod=p181 severity=critical
       end alertname=PodCrash cluster=k1 pod=p182 severity=critical
       end alertname=PodCrash cluster=k1 pod=p183 severity=critical
       end alertname=PodCrash cluster=k1 pod=p184 severity=critical
       end alertname=PodCrash cluster=k1 pod=p185 severity=critical
       end alertname=PodCrash cluster=k1 pod=p186 severity=critical
       end alertname=PodCrash cluster=k1 pod=p187 severity=critical
       end alertname=PodCrash cluster=k1 pod=p188 severity=critical
       end alertname=PodCrash cluster=k1 pod=p189 severity=critical
       end alertname=PodCrash cluster=k1 pod=p190 severity=critical
       end alertname=PodCrash cluster=k1 pod=p191 severity=critical
       end alertname=PodCrash cluster=k1 pod=p192 severity=critical
       end alertname=PodCrash cluster=k1 pod=p193 severity=critical
       end alertname=PodCrash cluster=k1 pod=p194 severity=critical
       end alertname=PodCrash cluster=k1 pod=p195 severity=critical
       end alertname=PodCrash cluster=k1 pod=p196 severity=critical
       end alertname=PodCrash cluster=k1 pod=p197 severity=critical
       end alertname=PodCrash cluster=k1 pod=p198 severity=critical
       end alertname=PodCrash cluster=k1 pod=p199 severity=critical
       end alertname=PodCrash cluster=k1 pod=p200 severity=critical
       end alertname=PodCrash cluster=k1 pod=p201 severity=critical
       end alertname=PodCrash cluster=k1 pod=p202 severity=critical
       end alertname=PodCrash cluster=k1 pod=p203 severity=critical
       end alertname=PodCrash cluster=k1 pod=p204 severity=critical
       end alertname=PodCrash cluster=k1 pod=p205 severity=critical
       end alertname=PodCrash cluster=k1 pod=p206 severity=critical
       end alertname=PodCrash cluster=k1 pod=p207 severity=critical
       end alertname=PodCrash cluster=k1 pod=p208 severity=critical
       end alertname=PodCrash cluster=k1 pod=p209 severity=critical
       end alertname=PodCrash cluster=k1 pod=p210 severity=critical
       end alertname=PodCrash cluster=k1 pod=p211 severity=critical
       end alertname=PodCrash cluster=k1 pod=p212 severity=critical
       end alertname=PodCrash cluster=k1 pod=p213 severity=critical
       end alertname=PodCrash cluster=k1 pod=p214 severity=critical
       end alertname=PodCrash cluster=k1 pod=p215 severity=critical
       end alertname=PodCrash cluster=k1 pod=p216 severity=critical
       end alertname=PodCrash cluster=k1 pod=p217 severity=critical
       end alertname=PodCrash cluster=k1 pod=p218 severity=critical
       end alertname=PodCrash cluster=k1 pod=p219 severity=critical
       end alertname=PodCrash cluster=k1 pod=p220 severity=critical
       end alertname=PodCrash cluster=k1 pod=p221 severity=critical
       end alertname=PodCrash cluster=k1 pod=p222 severity=critical
       end alertname=PodCrash cluster=k1 pod=p223 severity=critical
       end alertname=PodCrash cluster=k1 pod=p224 severity=critical
       end alertname=PodCrash cluster=k1 pod=p225 severity=critical
       end alertname=PodCrash cluster=k1 pod=p226 severity=critical
       end alertname=PodCrash cluster=k1 pod=p227 severity=critical
       end alertname=PodCrash cluster=k1 pod=p228 severity=critical
       end alertname=PodCrash cluster=k1 pod=p229 severity=critical
       end alertname=PodCrash cluster=k1 pod=p230 severity=critical
       end alertname=PodCrash cluster=k1 pod=p231 severity=critical
       end alertname=PodCrash cluster=k1 pod=p232 severity=critical
       end alertname=PodCrash cluster=k1 pod=p233 severity=critical
       end alertname=PodCrash cluster=k1 pod=p234 severity=critical
       end alertname=PodCrash cluster=k1 pod=p235 severity=critical
       end alertname=PodCrash cluster=k1 pod=p236 severity=critical
       end alertname=PodCrash cluster=k1 pod=p237 severity=critical
       end alertname=PodCrash cluster=k1 pod=p238 severity=critical
       end alertname=PodCrash cluster=k1 pod=p239 severity=critical
       end alertname=PodCrash cluster=k1 pod=p240 severity=critical
       end alertname=PodCrash cluster=k1 pod=p241 severity=critical
       end alertname=PodCrash cluster=k1 pod=p242 severity=critical
       end alertname=PodCrash cluster=k1 pod=p243 severity=critical
       end alertname=PodCrash cluster=k1 pod=p244 severity=critical
       end alertname=PodCrash cluster=k1 pod=p245 severity=critical
       end alertname=PodCrash cluster=k1 pod=p246 severity=critical
       end alertname=PodCrash cluster=k1 pod=p247 severity=critical
       end alertname=PodCrash cluster=k1 pod=p248 severity=critical
       end alertname=PodCrash cluster=k1 pod=p249 severity=critical
       end alertname=PodCrash cluster=k1 pod=p250 severity=critical
       end alertname=PodCrash cluster=k1 pod=p251 severity=critical
       end alertname=PodCrash cluster=k1 pod=p252 severity=critical
       end alertname=PodCrash cluster=k1 pod=p253 severity=critical
       end alertname=PodCrash cluster=k1 pod=p254 severity=critical
       end alertname=PodCrash cluster=k1 pod=p255 severity=critical
       end alertname=PodCrash cluster=k1 pod=p256 severity=critical
       end alertname=PodCrash cluster=k1 pod=p257 severity=critical
       end alertname=PodCrash cluster=k1 pod=p258 severity=critical
       end alertname=PodCrash cluster=k1 pod=p259 severity=critical
       end alertname=PodCrash cluster=k1 pod=p260 severity=critical
       end alertname=PodCrash cluster=k1 pod=p261 severity=critical
       end alertname=PodCrash cluster=k1 pod=p262 severity=critical
       end alertname=PodCrash cluster=k1 pod=p263 severity=critical
       end alertname=PodCrash cluster=k1 pod=p264 severity=critical
       end alertname=PodCrash cluster=k1 pod=p265 severity=critical
       end alertname=PodCrash cluster=k1 pod=p266 severity=critical
       end alertname=PodCrash cluster=k1 pod=p267 severity=critical
       end alertname=PodCrash cluster=k1 pod=p268 severity=critical
       end alertname=PodCrash cluster=k1 pod=p269 severity=critical
       end alertname=PodCrash cluster=k1 pod=p270 severity=critical
       end alertname=PodCrash cluster=k1 pod=p271 severity=critical
       end alertname=PodCrash cluster=k1 pod=p272 severity=critical
       end alertname=PodCrash cluster=k1 pod=p273 severity=critical
       end alertname=PodCrash cluster=k1 pod=p274 severity=critical
       end alertname=PodCrash cluster=k1 pod=p275 severity=critical
       end alertname=PodCrash cluster=k1 pod=p276 severity=critical
       end alertname=PodCrash cluster=k1 pod=p277 severity=critical
       end alertname=PodCrash cluster=k1 pod=p278 severity=critical
       end alertname=PodCrash cluster=k1 pod=p279 severity=critical
       end alertname=PodCrash cluster=k1 pod=p280 severity=critical
       end alertname=PodCrash cluster=k1 pod=p281 severity=critical
       end alertname=PodCrash cluster=k1 pod=p282 severity=critical
       end alertname=PodCrash cluster=k1 pod=p283 severity=critical
       end alertname=PodCrash cluster=k1 pod=p284 severity=critical
       end alertname=PodCrash cluster=k1 pod=p285 severity=critical
       end alertname=PodCrash cluster=k1 pod=p286 severity=critical
       end alertname=PodCrash cluster=k1 pod=p287 severity=critical
       end alertname=PodCrash cluster=k1 pod=p288 severity=critical
       end alertname=PodCrash cluster=k1 pod=p289 severity=critical
       end alertname=PodCrash cluster=k1 pod=p290 severity=critical
       end alertname=PodCrash cluster=k1 pod=p291 severity=critical
       end alertname=PodCrash cluster=k1 pod=p292 severity=critical
       end alertname=PodCrash cluster=k1 pod=p293 severity=critical
       end alertname=PodCrash cluster=k1 pod=p294 severity=critical
       end alertname=PodCrash cluster=k1 pod=p295 severity=critical
       end alertname=PodCrash cluster=k1 pod=p296 severity=critical
       end alertname=PodCrash cluster=k1 pod=p297 severity=critical
       end alertname=PodCrash cluster=k1 pod=p298 severity=critical
       incident #1 open members 300 firing 1
00:20  nobody is told
       end alertname=PodCrash cluster=k1 pod=p299 severity=critical
       tell desk resolve #1
