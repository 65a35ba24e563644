/// An expression with a mistake, the unit of its point, and what is said.
struct ExpressionMistake: Sendable {
  var expression: String
  var unit: String
  /// The message, from the column onwards.
  var message: String

  private init(_ line: Substring, _ message: String) {
    let parts = line.dropFirst(2).split(separator: " -> ", omittingEmptySubsequences: false)
    expression = String(parts[0])
    unit = String(parts[parts.count - 1])
    self.message = message
  }

  /// `>` begins an expression and the unit of its point, `=` the column and what is said there,
  /// and `|` goes on with it.
  static let all: [ExpressionMistake] = {
    var mistakes: [ExpressionMistake] = []
    for line in table.split(separator: "\n") {
      let text = String(line.dropFirst(2))
      switch line.first {
      case ">": mistakes.append(ExpressionMistake(line, ""))
      case "=":
        let column = text.prefix { $0 != " " }
        mistakes[mistakes.count - 1].message =
          "\(column): points[12].source.expression:\(text.dropFirst(column.count))"
      default: mistakes[mistakes.count - 1].message += " " + text
      }
    }
    return mistakes
  }()

  private static let table = """
    > river.level-0.2 m -> m
    = 83 river.level-0.2 — expected spaces around a minus sign: river.level - 0.2
    > increse(rain.total, 1 h) -> mm
    = 84 increse — expected the name of a function; did you mean "increase"?
    > riverr.level + 1 m -> m
    = 83 riverr.level — expected the id of a point; did you mean "river.level"?
    > river.level > 4 -> 1
    = 97 4 — expected a quantity in m, such as 4 m
    > river.level + 4 -> m
    = 97 4 — expected a quantity in m, such as 4 m
    > air.humidity > 80 -> 1
    = 98 80 — expected a quantity in %, such as 80 %
    > river.level + rain.total + air.temperature -> m
    = 110 air.temperature in Cel — expected a quantity that can be converted to m, as
    | river.level + rain.total is
    > air.temperature + road.temperature -> Cel
    = 103 road.temperature — expected a difference in K; two temperatures in Cel have no sum
    > air.temperature * 2 -> Cel
    = 85 air.temperature in Cel — expected a difference in K, such as air.temperature - 0 Cel;
    | temperatures in Cel cannot be multiplied
    > air.temperature - road.temperature < 2 Cel -> 1
    = 120 2 Cel — expected a difference in K, as air.temperature - road.temperature is one
    > air.temperature - road.temperature -> Cel
    = 85 air.temperature - road.temperature in K — expected a temperature in Cel; a difference
    | of temperatures is one in K
    > 0 m < river.level < 2 m -> 1
    = 101 < — expected two comparisons joined by and, such as a < b and b < c
    > river.level > 4.6 mtr -> 1
    = 101 mtr — expected the UCUM code of a unit, such as m, mm/h or Cel
    > river.level and road.code == 1 -> 1
    = 83 river.level — expected a condition, such as river.level > …
    > (river.level > 1 m) + 1 -> 1
    = 83 (river.level > 1 m) — expected a number; this is true or false, if(condition, 1, 0)
    | makes a number of it
    > clamp(river.level, 0 m) -> m
    = 83 clamp(river.level, 0 m) — expected clamp(x, low, high)
    > mean(river.level + 1 m, 1 h) -> m
    = 88 river.level + 1 m — expected the id of a point; a formula can be a point of its own
    > mean(river.level, 60) -> m
    = 101 60 — expected a duration with its unit (ms, s, min, h, d), such as 10 min
    > trend(river.level, 3 h) -> m/h
    = 104 3 h — expected at most 64 readings: 64 min with one every 1 min
    > mean(river.level, 3 d) -> m
    = 101 3 d — expected at most 2880 readings: 2 d with one every 1 min
    > slope(slow, 1 h) -> m/h
    = 97 1 h — expected at least 2 h, the time of 2 readings
    > mean(river.level, 1 h, 100) -> m
    = 106 100 — expected a whole number of readings from 1 to 60
    > river.level -> mm/h
    = 86 river.level in m — expected a quantity that can be converted to mm/h
    > river.level > 1 m -> m
    = 83 river.level > 1 m — expected a quantity that can be converted to m; what is true or
    | false has the unit 1
    > river.level + slow -> m
    = 97 slow — expected a point with a maximumAge, so that no old value passes for a new one;
    | slow has none
    > new + 1 -> m
    = 83 new — expected a point that stands before this one
    > 4 m -> m
    = 83 4 m — expected an expression that names a point
    > (river.level -> m
    = 95 missing — expected an operator or ")"
    > river.level + -> m
    = 96 missing — expected a number, the id of a point or a function
    > river.level gate.level -> m
    = 95 gate.level — expected an operator or the end of the expression
    > if(road.code = 1, 1, 0) -> 1
    = 96 = — expected == to compare
    > !usable(river.level) -> 1
    = 83 ! — expected the word not
    > sqrt(river.level) -> m
    = 88 river.level in m — expected a quantity whose unit is a square, such as m2
    > ln(river.level) -> 1
    = 86 river.level in m — expected a number without a unit, such as river.level / (1 m)
    > curve(ratign, river.level) -> m3/s
    = 92 ratign — expected the id of a curve; did you mean "rating"?
    > rating(river.level) -> m3/s
    = 86 rating — expected curve(rating, x)
    > oxygenSaturation(air.temperature, 35 [ppth]) -> mg/L
    = 120 35 [ppth] — expected practical salinity, with the unit 1
    > increase(rain.total, 1 h, 16) -> mm
    = 110 16 — expected the value at which the counter begins anew, such as 65536 mm
    > timeTo(river.level, 4.6, 30 min, 6 h) -> h
    = 103 4.6 — expected a quantity in m, such as 4.6 m
    > river.level / 0 -> m
    = 97 0 — expected a divisor other than 0
    > river.level * 1e999 -> m
    = 97 1e999 — expected a finite number
    > ((((((((((((((((((river.level)))))))))))))))))) -> m
    = 99 ( — expected at most 16 levels of nesting
    > 0.5 K - air.temperature -> K
    = 83 0.5 K — expected a temperature in Cel, from which another one can be subtracted
    > hysteresis(river.level, 2 m, 2 m) -> 1
    = 112 2 m — expected a value other than 2 m
    > clamp(river.level, 5 m, 1 m) -> m
    = 102 5 m — expected a lower end not above 1 m
    > mean -> m
    = 83 mean — expected mean(point, duration) or mean(point, duration, least count)
    > river.level == true -> 1
    = 98 true — expected a number; this is true or false, if(condition, 1, 0) makes a number of
    | it
    > 2 river.level -> m
    = 85 river.level — expected an operator between the two
    >  -> m
    = 82 "" — expected a text
    > 0.5 air.humidity -> %
    = 87 air.humidity — expected an operator between the two
    > air.temperature + river.level -> Cel
    = 103 river.level in m — expected a quantity that can be converted to Cel, as
    | air.temperature is
    > river.level - air.temperature -> m
    = 97 air.temperature in Cel — expected a quantity that can be converted to m, as river.level
    | is
    > river.level + gate.levle -> m
    = 97 gate.levle — expected the id of a point; did you mean "gate.level"?
    > river.level > 1 m && river.level < 2 m -> 1
    = 101 & — expected the word and
    > min(river.level) -> m
    = 83 min(river.level) — expected min(a, b, …)
    > since(river.level) -> min
    = 91 river.level — expected a condition, such as river.level > …
    > previous(river.level - 1 m) -> m
    = 92 river.level - 1 m — expected the id of a point; a formula can be a point of its own
    > if(river.level, 1, 0) -> 1
    = 86 river.level — expected a condition, such as river.level > …
    > river.level * - -> m
    = 98 missing — expected a number, the id of a point or a function
    > max(river.level, 3) -> m
    = 100 3 — expected a quantity in m, such as 3 m
    > curve(rating, air.temperature) -> m3/s
    = 100 air.temperature in Cel — expected a quantity that can be converted to m
    > curve(river.level) -> m3/s
    = 92 river.level — expected the id of a curve: rating
    > sum(air.temperature, 1 h) -> Cel
    = 89 air.temperature in Cel — expected a point in a unit whose 0 is nothing; that of Cel is
    | not
    > river.level × 2 -> m
    = 95 × — expected a number, the id of a point, a function or an operator
    > river.level - 水位 -> m
    = 97 水 — expected a number, the id of a point, a function or an operator
    > else(river.level, air.temperature) -> m
    = 101 air.temperature in Cel — expected a quantity that can be converted to m, as
    | river.level is
    """
}
