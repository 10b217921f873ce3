/// The letters of the keyboard that most people type on: QWERTY, ISO/IEC 9995-2.
enum Keyboard {
  /// Rows of keys and how far each is shifted to the right, in keys.
  private static let rows: [(keys: [UInt8], shift: Double)] = [
    (Array("qwertyuiop".utf8), 0), (Array("asdfghjkl".utf8), 0.25), (Array("zxcvbnm".utf8), 0.75),
  ]
  /// Keys nearer than this, in keys, touch each other.
  private static let reach = 1.3

  private static let small = Array("abcdefghijklmnopqrstuvwxyz".utf8)
  private static let capital = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

  private static let neighbours: [[UInt8]] = small.map { key in
    let place = place(of: key)
    return small.filter { other in
      guard other != key else { return false }
      let at = Self.place(of: other)
      let (x, y) = (at.x - place.x, at.y - place.y)
      return x * x + y * y < reach * reach
    }
  }

  private static func place(of key: UInt8) -> (x: Double, y: Double) {
    for (y, row) in rows.enumerated() {
      if let x = row.keys.firstIndex(of: key) { return (Double(x) + row.shift, Double(y)) }
    }
    return (.infinity, .infinity)
  }

  /// The alphabet in the case of a letter; nil for what is no letter of ASCII.
  static func letters(of scalar: UInt32) -> [UInt8]? {
    switch scalar {
    case 0x41...0x5A: capital
    case 0x61...0x7A: small
    default: nil
    }
  }

  /// The letters beside one, in its case; nil for what is no letter of ASCII.
  static func neighbours(of scalar: UInt32) -> [UInt8]? {
    switch scalar {
    case 0x41...0x5A: neighbours[Int(scalar) - 0x41].map { $0 - 0x20 }
    case 0x61...0x7A: neighbours[Int(scalar) - 0x61]
    default: nil
    }
  }
}
