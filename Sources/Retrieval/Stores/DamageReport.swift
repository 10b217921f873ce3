/// The lines of a verification, of which only so many are kept.
struct DamageReport {
  /// The damages that are named one by one; the others are counted.
  static let mostNamed = 100

  private var named: [String] = []
  private var count = 0

  /// Adds a damage.
  mutating func add(_ line: String) {
    count += 1
    if named.count < Self.mostNamed { named.append(line) }
  }

  /// The damages, and how many more there are.
  var lines: [String] {
    count > Self.mostNamed ? named + ["and \(count - Self.mostNamed) more"] : named
  }
}
