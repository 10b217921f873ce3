import Glibc

/// A source of random numbers with one owner, based on `Philox`.
///
/// Two generators with the same seed draw the same numbers. `child` derives a generator that depends
/// on the seed and the child's name only, never on what was drawn before, so that adding a draw in one
/// place changes no other place:
///
/// ```swift
/// let random = Random(seed: 7)
/// let noise = random.child("noise").child(epoch, example)  // the same for any worker
/// ```
public final class Random: RandomNumberGenerator {
  // Counters of the uses of a key differ in this word, so their blocks never coincide.
  private enum Domain {
    static let draw: UInt64 = 0
    static let name: UInt64 = 1
    static let seed: UInt64 = 2
    static let number: UInt64 = ~1
  }

  private let key: UInt64
  private var counter: UInt64 = 0

  /// Creates a generator whose draws depend on `seed` only.
  public init(seed: UInt64) {
    key = Philox.word(counter: seed, domain: Domain.seed, key: 0)
  }

  private init(key: UInt64) {
    self.key = key
  }

  /// Returns the next 64 random bits.
  public func next() -> UInt64 {
    defer { counter &+= 1 }
    return Philox.word(counter: counter, domain: Domain.draw, key: key)
  }

  /// Returns a fresh key for one kernel call, which then counts its own blocks.
  public func stream() -> UInt64 { next() }

  /// Returns the generator called `name` below this one; independent of the draws made so far.
  public func child(_ name: String) -> Random {
    var key = self.key
    for byte in name.utf8 {
      key = Philox.word(counter: UInt64(byte), domain: Domain.name, key: key)
    }
    return Random(key: Philox.word(counter: 256, domain: Domain.name, key: key))
  }

  /// Returns the generator numbered `first`, `rest` below this one, such as (epoch, example).
  public func child(_ first: UInt64, _ rest: UInt64...) -> Random {
    var key = self.key
    for number in [first] + rest {
      key = Philox.word(counter: number, domain: Domain.number, key: key)
    }
    return Random(key: key)
  }

  /// Returns a number drawn uniformly from [0, 1), a multiple of 2⁻⁵³.
  public func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Returns a number drawn from the standard normal distribution (Box & Muller 1958).
  public func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()  // 1 − u is in (0, 1]: the log is finite
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Returns a number drawn uniformly from 0 ..< `bound`.
  ///
  /// Lemire 2019, *Fast Random Integer Generation in an Interval*: no modulo bias.
  public func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below:): bound \(bound) is not positive")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// Returns true with the given probability.
  public func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// Puts `array` in a random order (Fisher & Yates).
  public func shuffle<Element>(_ array: inout [Element]) {
    guard array.count > 1 else { return }
    for last in stride(from: array.count - 1, to: 0, by: -1) {
      array.swapAt(last, integer(below: last + 1))
    }
  }
}

extension Random {
  /// Returns a number below `upperBound`, without bias.
  private func next(upperBound: UInt64) -> UInt64 {
    var product = next().multipliedFullWidth(by: upperBound)
    if product.low < upperBound {
      let threshold = (0 &- upperBound) % upperBound
      while product.low < threshold { product = next().multipliedFullWidth(by: upperBound) }
    }
    return product.high
  }
}
