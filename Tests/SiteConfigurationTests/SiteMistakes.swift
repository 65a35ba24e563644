/// Changes to `deploy/sites/river.yaml`, each with everything that is said about it. Lines with `-`
/// are replaced by those with `+`; `=` begins a message and `|` goes on with it.
let siteMistakes =
  siteQualityMistakes
  + SiteMistake.parse(
    #"""
    ## broken YAML
    - unit: bar
    + unit: [bar
    = s.yaml:31:13: did not find expected ',' or ']' — expected well-formed YAML
    ## an unknown key
    -     maximumAge: 20 min
    +     maximumAeg: 20 min
    = s.yaml:47:5: points[1].maximumAeg: unknown key — expected a known key; did you mean
    | "maximumAge"?
    ## an unknown key far from every known one
    -   mode: exercise
    +   colour: blue
    +   mode: exercise
    = s.yaml:8:3: site.colour: unknown key — expected one of id, name, mode, municipality,
    | timeZone, signOfLife, datum
    ## an unknown section
    - outbox:
    + outboxes:
    = s.yaml:152:1: outboxes: unknown key — expected a known key; did you mean "outbox"?
    ## a section of the wrong kind
    - rules:
    + rules: none
    + ruler:
    = s.yaml:86:8: rules: none — expected a list
    = s.yaml:87:1: ruler: unknown key — expected a known key; did you mean "rules"?
    = s.yaml:136:21: outputs[0].follows.rule: river.stage — expected the id of a rule
    ## an unknown profile
    - keller/36xiw
    + keller/36xiv
    = s.yaml:18:18: buses[0].devices[0].profile: keller/36xiv — expected the id of a device
    | profile, such as keller/36xiw
    ## an unknown quantity
    - quantity: tob1
    + quantity: tob2
    = s.yaml:43:45: points[1].source.quantity: tob2 — expected a quantity of keller/36xiw; did
    | you mean "tob1"?
    ## a quantity like none
    - quantity: tob1
    + quantity: salinity
    = s.yaml:43:45: points[1].source.quantity: salinity — expected a quantity of keller/36xiw:
    | p1, tob1, p1-channel, tob1-channel, p1-pascal, status, saturated, serial-number
    ## a bus id used twice is a line used twice
    - points:
    -   - id: probe.pressure
    +   - id: field
    +     serial: {port: /dev/nomori/field, baud: 9600, parity: none, stopBits: 1}
    +     devices: [{id: spare, profile: keller/36xiw, unit: 9}]
    +
    + points:
    +   - id: probe.pressure
    = s.yaml:27:9: buses[1].id: field — expected an id that no other bus has; line 14 has it too
    = s.yaml:28:13: buses[1].serial: /dev/nomori/field — expected a line of its own; bus "field"
    | uses it too
    ## a device id used twice
    - id: rain-gauge
    + id: level-probe
    = s.yaml:20:13: buses[0].devices[1].id: level-probe — expected an id that no other device
    | has; line 17 has it too
    = s.yaml:79:22: points[4].source.device: rain-gauge — expected the id of a device:
    | level-probe, lamp-relay
    ## a point id used twice
    - id: probe.temperature
    + id: probe.pressure
    = s.yaml:39:9: points[1].id: probe.pressure — expected an id that no other point has; line
    | 28 has it too
    ## a rule id used twice
    -   - id: river.stage
    +   - id: river.observation
    = s.yaml:100:9: rules[1].id: river.observation — expected an id that no other rule has; line
    | 88 has it too
    = s.yaml:135:21: outputs[0].follows.rule: river.stage — expected the id of a rule:
    | river.observation
    ## a stage id used twice
    - id: danger
    + id: standby
    = s.yaml:123:13: rules[1].stages[3].id: standby — expected an id that no other stage has;
    | line 105 has it too
    ## an output id used twice
    -     maximumOnTime: 72 h
    +     maximumOnTime: 72 h
    +   - id: warning-lamp
    +     name: {en: L, ja: L}
    +     device: lamp-relay
    +     quantity: relay2
    +     follows: {rule: river.stage, fromStage: danger}
    +     maximumOnTime: 1 h
    = s.yaml:137:9: outputs[1].id: warning-lamp — expected an id that no other output has; line
    | 131 has it too
    ## a destination id used twice
    -     commands: {operators: [sato]}
    +     commands: {operators: [sato]}
    +   - {id: local, host: localhost, security: none}
    = s.yaml:146:10: destinations[1].id: local — expected an id that no other destination has;
    | line 139 has it too
    ## an id that is no topic level
    - id: rain.total
    + id: rain/total
    = s.yaml:75:9: points[4].id: rain/total — expected an id of lower-case letters, digits, ".",
    | "-" and "_" (at most 64)
    ## a point without unit
    -     unit: mm
    = s.yaml:75:5: points[4].unit: missing — expected a value for unit
    ## two outputs that write one relay
    -     maximumOnTime: 72 h
    +     maximumOnTime: 72 h
    +   - id: siren
    +     name: {en: S, ja: S}
    +     device: lamp-relay
    +     quantity: relay1
    +     follows: {rule: river.stage, fromStage: danger}
    +     maximumOnTime: 1 h
    = s.yaml:140:15: outputs[1].quantity: relay1 — expected a quantity that no other output
    | writes
    ## a period for a derived point
    -   - id: rain.total
    +     period: 1 min
    +
    +   - id: rain.total
    = s.yaml:75:5: points[3].period: unknown key — expected a point of its own; one that is computed
    | has the period of its sources
    ## an unknown unit
    - unit: Cel
    + unit: C
    = s.yaml:41:11: points[1].unit: C — expected the UCUM code of a unit, such as m, mm/h or Cel
    ## a unit that the quantity cannot become
    - unit: Cel
    + unit: mm/h
    = s.yaml:43:45: points[1].source.quantity: tob1 in Cel — expected a quantity that can be
    | converted to mm/h
    ## a level from a point that is no pressure
    - point: probe.pressure
    + point: probe.temperature
    = s.yaml:57:34: points[2].source.levelFromPressure.point: probe.temperature in Cel —
    | expected a point with a unit of pressure
    ## a derived point before its source
    - point: probe.pressure, s
    + point: river.elevation, s
    = s.yaml:57:34: points[2].source.levelFromPressure.point: river.elevation — expected a point
    | that stands before this one
    ## a point derived from itself
    - {point: river.level}
    + {point: river.elevation}
    = s.yaml:72:35: points[3].source.elevationFromLevel.point: river.elevation — expected a
    | point that stands before this one
    ## a height without unit
    - sensorHeight: -0.40 m
    + sensorHeight: -0.40
    = s.yaml:57:64: points[2].source.levelFromPressure.sensorHeight: -0.40 — expected a number
    | with its unit, such as 1.5 m
    ## a datum that the site does not have
    - datum: T.P.
    + datum: A.P.
    = s.yaml:70:12: points[3].datum: A.P. — expected one of station-zero, T.P.; did you mean
    | "T.P."?
    ## an elevation without a datum
    -   datum: {reference: T.P., zeroHeight: 16.70 m}
    = s.yaml:69:12: points[3].datum: T.P. — expected one of station-zero
    = s.yaml:71:27: points[3].source.elevationFromLevel: a mapping — expected a site with a
    | datum (site.datum)
    ## a point of no known source
    - source: {device: rain-gauge, quantity: rain-total}
    + source: telemetry
    = s.yaml:79:13: points[4].source: telemetry — expected series, {device, quantity},
    | {device or bus, health}, {levelFromPressure}, {levelFromDistance}, {elevationFromLevel} or
    | {expression}
    ## stages out of order
    - limit: 3.9
    + limit: 2.9
    = s.yaml:119:16: rules[1].stages[2].limit: 2.9 — expected a number above 3.0, the limit of
    | the stage before ("caution")
    ## a deadband as wide as the gap
    - limit: 3.9
    -         deadband: 0.05
    + limit: 3.9
    +         deadband: 0.9
    = s.yaml:120:19: rules[1].stages[2].deadband: 0.9 — expected a number below 0.9, the gap to
    | the stage before ("caution")
    ## a stage that no value can reach
    - limit: 4.6
    + limit: 46
    = s.yaml:125:16: rules[1].stages[3].limit: 46 — expected a number inside the point's
    | grossRange.fail, [-0.9, 9.8]; values outside never alarm
    ## a rule without stages
    -     stages:
    -       - id: started
    -         name: {en: Observation start level, ja: 観測開始水位}
    -         limit: 1.6
    -         deadband: 0.10
    -         onDelay: 2 min
    -         offDelay: 10 min
    +     stages: []
    = s.yaml:92:13: rules[0].stages: 0 — expected a list of 1 to 8 elements
    ## a rule over a point without gross range
    -     source:
    -       levelFromPressure: {point: probe.pressure, sensorHeight: -0.40 m, density: 1000 kg/m3}
    -     quality:
    -       grossRange: {fail: [-0.9, 9.8], suspect: [-0.4, 7.5]}
    +     source: series
    +     period: 1 min
    +     quality:
    = s.yaml:89:12: rules[0].point: river.level — expected a point with a quality.grossRange
    | test; a value that no test saw must not alarm
    = s.yaml:101:12: rules[1].point: river.level — expected a point with a quality.grossRange
    | test; a value that no test saw must not alarm
    ## a rule over an unknown point
    - point: river.level
    -     direction: rising
    -     stages:
    -       - id: started
    + point: river.levle
    +     direction: rising
    +     stages:
    +       - id: started
    = s.yaml:90:12: rules[0].point: river.levle — expected the id of a point; did you mean
    | "river.level"?
    ## a negative delay
    - onDelay: 3 min
    + onDelay: -3 min
    = s.yaml:121:18: rules[1].stages[2].onDelay: -3 min — expected a duration of at least 0 s
    ## a delay without unit
    - onDelay: 3 min
    + onDelay: 180
    = s.yaml:121:18: rules[1].stages[2].onDelay: 180 — expected a duration with its unit (ms, s,
    | min, h, d), such as 5 min
    ## a period below the device's minimum
    - quantity: p1}
    -     period: 1 min
    + quantity: p1}
    +     period: 1 s
    = s.yaml:33:13: points[0].period: 1 s — expected at least 1500 ms, the time that
    | keller/36xiw needs
    ## a burst of one sample
    - quantity: p1}
    + quantity: p1}
    +     burst: {count: 1, spacing: 2 s}
    = s.yaml:33:20: points[0].burst.count: 1 — expected a whole number from 2 to 120
    ## a burst that is faster than the device
    - quantity: p1}
    + quantity: p1}
    +     burst: {count: 20, spacing: 1 s}
    = s.yaml:33:33: points[0].burst.spacing: 1 s — expected a duration of at least 1500 ms
    ## a burst that is longer than the period
    - quantity: p1}
    + quantity: p1}
    +     burst: {count: 31, spacing: 2 s}
    = s.yaml:33:12: points[0].burst: 31 x 2 s = 62 s — expected a burst that fits into the period
    | of 1 min
    ## a burst of a derived point
    - sensorHeight: -0.40 m, density: 1000 kg/m3}
    + sensorHeight: -0.40 m, density: 1000 kg/m3}
    +     burst: {count: 20, spacing: 2 s}
    = s.yaml:58:5: points[2].burst: unknown key — expected a point with {device, quantity} as source
    ## a maximum age below the period
    - maximumAge: 20 min
    + maximumAge: 1 min
    = s.yaml:47:17: points[1].maximumAge: 1 min — expected a duration of at least 5 min
    ## two devices with one unit
    - unit: 2
    + unit: 1
    = s.yaml:25:15: buses[0].devices[2].unit: 1 — expected a unit that no other device of the
    | bus has; line 19 has it too
    ## a unit beyond the addresses of a line
    - unit: 2
    + unit: 248
    = s.yaml:25:15: buses[0].devices[2].unit: 248 — expected a whole number from 1 to 247
    ## a unit that another device takes for itself
    - unit: 2
    + unit: 200
    +       - {id: soil, profile: iot/s300smt, unit: 3}
    = s.yaml:25:15: buses[0].devices[2].unit: 200 — expected another unit; 200 has a special
    | meaning for iot/s300smt
    ## a unit that Modbus reserves
    -     serial: {port: /dev/nomori/field, baud: 9600, parity: none, stopBits: 1}
    -     devices:
    -       - id: level-probe
    -         profile: keller/36xiw
    -         unit: 1
    +     tcp: {host: 192.0.2.7}
    +     devices:
    +       - id: level-probe
    +         profile: keller/36xiw
    +         unit: 250
    = s.yaml:19:15: buses[0].devices[0].unit: 250 — expected a unit from 0 to 247, or 255;
    | Modbus reserves the others, and they cannot be asked
    ## line settings that are not the factory's
    - parity: none, stopBits: 1
    + parity: even, stopBits: 1
    = s.yaml:18:18: warning: buses[0].devices[0].profile: keller/36xiw on 9600 8E1 — expected
    | 9600 8N1, the factory setting; make sure that the device was changed
    = s.yaml:21:18: warning: buses[0].devices[1].profile: dfrobot/sen0575 on 9600 8E1 — expected
    | 9600 8N1, the factory setting; make sure that the device was changed
    = s.yaml:24:18: warning: buses[0].devices[2].profile: waveshare/modbus-rtu-relay-8ch on 9600
    | 8E1 — expected 9600 8N1, the factory setting; make sure that the device was changed
    ## an output that can only be read
    - quantity: relay1
    + quantity: input1
    = s.yaml:134:15: outputs[0].quantity: input1 — expected a quantity that its profile declares as
    | an output: relay1, relay2, relay3, relay4, relay5, relay6, relay7, relay8
    ## an output that the device ends by itself
    - quantity: relay1
    + quantity: flash-on1
    = s.yaml:134:15: outputs[0].quantity: flash-on1 — expected a quantity that its profile declares
    | as an output: relay1, relay2, relay3, relay4, relay5, relay6, relay7, relay8
    ## an output that is all outputs at once
    - quantity: relay1
    + quantity: all-relays
    = s.yaml:134:15: outputs[0].quantity: all-relays — expected a quantity that its profile declares
    | as an output: relay1, relay2, relay3, relay4, relay5, relay6, relay7, relay8
    ## an output that is no switch
    -     device: lamp-relay
    -     quantity: relay1
    +     device: rain-gauge
    +     quantity: window-hours
    = s.yaml:134:15: outputs[0].quantity: window-hours — expected a quantity that its profile
    | declares as an output, and dfrobot/sen0575 has none
    ## a point that can only be written
    - source: {device: rain-gauge, quantity: rain-total}
    + source: {device: lamp-relay, quantity: all-relays}
    = s.yaml:79:44: points[4].source.quantity: all-relays — expected a quantity that can be read
    ## an output of an unknown device
    - device: lamp-relay
    + device: lamp
    = s.yaml:133:13: outputs[0].device: lamp — expected the id of a device: level-probe,
    | rain-gauge, lamp-relay
    ## an output following an unknown rule
    - rule: river.stage,
    + rule: river.stages,
    = s.yaml:135:21: outputs[0].follows.rule: river.stages — expected the id of a rule; did you
    | mean "river.stage"?
    ## an output following an unknown stage
    - fromStage: caution
    + fromStage: warning
    = s.yaml:135:45: outputs[0].follows.fromStage: warning — expected the id of a stage:
    | standby, caution, evacuation, danger
    ## an output without end
    -     maximumOnTime: 72 h
    = s.yaml:131:5: outputs[0].maximumOnTime: missing — expected a value for maximumOnTime
    ## a destination without host
    -     host: 127.0.0.1
    = s.yaml:139:5: destinations[0].host: missing — expected a value for host
    ## a secret in the file
    -     keepAlive: 30 s
    +     password: s3cret
    = s.yaml:144:15: destinations[0].password: … — expected no secret in this file; put it into
    | a file of mode 0600 and name that as passwordFile
    ## no TLS to another machine
    - host: 127.0.0.1
    + host: mqtt.example.net
    = s.yaml:142:15: warning: destinations[0].security: none — expected tls; mqtt.example.net is
    | not this machine, and anyone on the way can read and forge alerts
    ## a certificate without its key
    - security: none #
    + security: {tls: {certificateFile: /etc/nomori/box.pem}} #
    = s.yaml:142:21: destinations[0].security.tls: a mapping — expected certificateFile and
    | keyFile together
    ## a topic root with a wildcard
    - topicRoot: nomori/v1
    + topicRoot: nomori/#
    = s.yaml:143:16: destinations[0].topicRoot: nomori/# — expected topic levels without +, #, a
    | leading $ or empty levels, such as nomori/v1
    ## a folder that depends on where the gateway starts
    - folder: /var/lib
    + folder: var/lib
    = s.yaml:148:11: recording.folder: var/lib/nomori/recordings — expected a path from the
    | root, such as /var/lib/nomori
    ## a size without unit
    - maximumSize: 256 MiB
    + maximumSize: 256
    = s.yaml:154:16: outbox.maximumSize: 256 — expected a size with its unit (KiB, MiB, GiB),
    | such as 256 MiB
    ## a mode that does not exist
    - mode: exercise
    + mode: exercice
    = s.yaml:8:9: site.mode: exercice — expected one of actual, exercise, test; did you mean
    | "exercise"?
    ## a name in one language only
    - ja: 水圧
    + jp: 水圧
    = s.yaml:29:11: points[0].name.ja: missing — expected a value for ja
    = s.yaml:29:32: points[0].name.jp: unknown key — expected one of en, ja
    """#)
