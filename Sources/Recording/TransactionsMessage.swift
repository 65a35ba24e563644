internal import FieldLog

/// Transactions that follow one another, field by field: less room than a message for each, as with
/// `InputsMessage`.
struct TransactionsMessage: ROS2Message {
  static let schemaName = "nomori_msgs/msg/Transactions"
  /// Transactions that share a message: below 100 kB where each has as many registers as Modbus allows.
  static let limit = 256

  private var bus: [UInt8] = []
  private var unit: [UInt8] = []
  private var functionCode: [UInt8] = []
  private var fault: [UInt8] = []
  private var address: [UInt16] = []
  private var quantity: [UInt16] = []
  private var durationNs: [Int64] = []
  private var monotonicNs: [Int64] = []
  private(set) var wallNs: [Int64] = []
  private var registerCount: [UInt16] = []
  private var registers: [UInt16] = []

  mutating func visitFields<Visitor: FieldVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.field("bus", &bus, note: "place of the bus in the site file")
    try visitor.field("unit", &unit)
    try visitor.field("function_code", &functionCode)
    try visitor.field("fault", &fault, note: "0 none; else as in docs/recording.md")
    try visitor.field("address", &address, note: "counted from 0, as on the wire")
    try visitor.field("count", &quantity, note: "of registers or coils")
    try visitor.field("duration_ns", &durationNs, note: "from the request's start to the end")
    try visitor.field("monotonic_ns", &monotonicNs)
    try visitor.field("wall_ns", &wallNs, note: "since 1970-01-01T00:00:00Z")
    try visitor.field("register_count", &registerCount, note: "how many of the registers are its")
    try visitor.field(
      "registers", &registers,
      note: "of all, one after the other: as answered, one bit a word for coils; or as written")
  }

  /// How many there are.
  var count: Int { bus.count }

  /// Adds the next one, which ended at `wallNs`.
  mutating func append(_ transaction: TransactionMessage, wallNs: Int64) {
    bus.append(transaction.bus)
    unit.append(transaction.unit)
    functionCode.append(transaction.functionCode)
    fault.append(transaction.fault)
    address.append(transaction.address)
    quantity.append(transaction.count)
    durationNs.append(transaction.durationNs)
    monotonicNs.append(transaction.monotonicNs)
    self.wallNs.append(wallNs)
    registerCount.append(UInt16(transaction.registers.count))
    registers.append(contentsOf: transaction.registers)
  }

  /// The transactions in their order, each with its end; nil where the lists do not fit together.
  var transactions: [(message: TransactionMessage, wallNs: Int64)]? {
    let lengths = [
      unit.count, functionCode.count, fault.count, address.count, quantity.count,
      durationNs.count, monotonicNs.count, wallNs.count, registerCount.count,
    ]
    let registerTotal = registerCount.reduce(0) { $0 + Int($1) }
    guard lengths.allSatisfy({ $0 == count }), registerTotal == registers.count else { return nil }
    var rest = registers[...]
    return bus.indices.map { index in
      var message = TransactionMessage()
      message.bus = bus[index]
      message.unit = unit[index]
      message.functionCode = functionCode[index]
      message.fault = fault[index]
      message.address = address[index]
      message.count = quantity[index]
      message.durationNs = durationNs[index]
      message.monotonicNs = monotonicNs[index]
      message.registers = Array(rest.prefix(Int(registerCount[index])))
      rest = rest.dropFirst(Int(registerCount[index]))
      return (message, wallNs[index])
    }
  }
}
