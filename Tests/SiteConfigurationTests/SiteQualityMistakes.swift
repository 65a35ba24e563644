/// Mistakes in the quality tests of `deploy/sites/river.yaml`, written like `siteMistakes`.
let siteQualityMistakes = SiteMistake.parse(
  #"""
  ## a suspect span beyond the fail span
  - suspect: [-0.4, 7.5]
  + suspect: [-0.4, 10]
  = s.yaml:59:48: points[2].quality.grossRange.suspect: [-0.4, 10.0] — expected a span inside
  | fail, [-0.9, 9.8]
  ## a span the wrong way round
  - fail: [-20, 60]
  + fail: [60, -20]
  = s.yaml:46:26: points[1].quality.grossRange.fail: [60.0, -20.0] — expected the smaller
  | number first
  ## a suspect limit above the fail limit
  - spike: {suspect: 0.15, fail: 0.5}
  + spike: {suspect: 0.6, fail: 0.5}
  = s.yaml:60:24: points[2].quality.spike.suspect: 0.6 — expected a limit not above fail
  ## a rate without time
  - suspect: 3 m/h
  + suspect: 3 m
  = s.yaml:61:31: points[2].quality.rateOfChange.suspect: 3 m — expected a rate with its unit,
  | such as 1.5 m/h
  ## a flat line longer than the core remembers
  - failAfter: 12 h
  + failAfter: 2 d
  = s.yaml:62:67: points[2].quality.flatLine.failAfter: 2 d — expected a time of at most 1440
  | periods of 1 min
  ## a tolerance that never flags
  - tolerance: 0.0005
  + tolerance: 0
  = s.yaml:62:29: points[2].quality.flatLine.tolerance: 0 — expected a number above 0; with 0
  | no value is ever flat
  ## a spike method that does not exist
  - spike: {suspect: 0.15, fail: 0.5}
  + spike: {method: averages, suspect: 0.15, fail: 0.5}
  = s.yaml:60:23: points[2].quality.spike.method: averages — expected one of differential,
  | average; did you mean "average"?
  ## a season of no calendar
  - spike: {suspect: 0.15, fail: 0.5}
  + climatology: [{months: [1, 13], suspect: [0, 2]}]
  = s.yaml:60:34: points[2].quality.climatology[0].months[1]: 13 — expected a whole number from
  | 1 to 12
  ## a season without a time
  - spike: {suspect: 0.15, fail: 0.5}
  + climatology: [{suspect: [0, 2]}]
  = s.yaml:60:21: points[2].quality.climatology[0]: a mapping — expected one of months,
  | quarters, weeks, daysOfYear, daysOfWeek
  ## deviations of an unknown past
  - rateOfChange: {suspect: 3 m/h, fail: 12 m/h}
  + rateOfChange: {deviations: 3}
  = s.yaml:61:21: points[2].quality.rateOfChange.window: missing — expected a value for
  | window
  ## a window longer than the core remembers
  - rateOfChange: {suspect: 3 m/h, fail: 12 m/h}
  + rateOfChange: {deviations: 3, window: 2 d}
  = s.yaml:61:45: points[2].quality.rateOfChange.window: 2 d — expected a time of at most 2879
  | periods of 1 min
  ## an attenuated signal that fails before it is suspect
  - spike: {suspect: 0.15, fail: 0.5}
  + attenuatedSignal: {measure: range, window: 12 h, suspect: 0.1, fail: 0.5}
  = s.yaml:60:65: points[2].quality.attenuatedSignal.suspect: 0.1 — expected a limit not below
  | fail; less movement is worse
  ## a minimum longer than its window
  - spike: {suspect: 0.15, fail: 0.5}
  + attenuatedSignal: {measure: range, window: 1 h, minimum: 2 h, suspect: 0.5, fail: 0.1}
  = s.yaml:60:64: points[2].quality.attenuatedSignal.minimum: 2 h — expected a time not longer
  | than window
  ## a neighbour in another unit
  - spike: {suspect: 0.15, fail: 0.5}
  + neighbour: {point: probe.pressure, suspect: 0.03, maximumAge: 5 min}
  = s.yaml:60:26: points[2].quality.neighbour.point: probe.pressure — expected a point in m, as
  | this one is
  ## its own neighbour
  - spike: {suspect: 0.15, fail: 0.5}
  + neighbour: {point: river.level, suspect: 0.03, maximumAge: 5 min}
  = s.yaml:60:26: points[2].quality.neighbour.point: river.level — expected another point
  ## a second variable without a rate
  - spike: {suspect: 0.15, fail: 0.5}
  + multivariate: {point: probe.pressure, maximumAge: 5 min}
  = s.yaml:60:29: points[2].quality.multivariate.point: probe.pressure — expected two points
  | that both have a quality.rateOfChange test
  """#)
