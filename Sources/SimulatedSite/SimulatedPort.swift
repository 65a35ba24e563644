internal import LinuxHost

/// Where the ports of a simulated field are to be found.
public enum SimulatedPorts: Hashable, Sendable {
  /// In a new folder that goes with the field; TCP servers on any free port of the loopback.
  case anywhere
  /// In this folder, each under the id of its bus; TCP servers on any free port of the loopback.
  case folder(String)
  /// Where the site file says, so that a gateway finds them there: at the path of a serial port
  /// unless something else stands there, on the port of a TCP server unless it is taken.
  case asInSite
}

/// The address at which masters find a simulated bus, also after it was gone.
enum SimulatedAddress: Hashable, Sendable {
  /// A link that leads to a pseudo terminal.
  case path(String)
  /// A port of the loopback; nil: any free one.
  case socket(port: UInt16?)

  /// Makes the port.
  func open() throws(HostError) -> SimulatedPort {
    switch self {
    case .path(let path):
      let terminal = try PseudoTerminal()
      terminal.master.stopWaiting()
      try makeLink(path, to: terminal.path)
      return .terminal(terminal)
    case .socket(let port): return .listener(try LoopbackListener(port: port))
    }
  }

  /// Takes away what `open` left behind.
  func remove() {
    if case .path(let path) = self { removeFile(path) }
  }
}

/// The port of a simulated bus while it is there.
enum SimulatedPort: Sendable {
  /// A serial port.
  case terminal(PseudoTerminal)
  /// A server to which masters connect.
  case listener(LoopbackListener)
}
