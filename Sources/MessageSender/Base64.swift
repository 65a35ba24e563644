internal import Foundation

/// Bytes as text of 64 characters (RFC 4648), as mail carries everything that is not plain ASCII.
func base64(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }
