/// Mistakes in the quality tests of `deploy/sites/river.yaml`, written like `siteMistakes`.
let siteQualityMistakes = SiteMistake.parse(
  #"""
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
