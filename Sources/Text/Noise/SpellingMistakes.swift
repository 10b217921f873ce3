import SeqaeRandom

/// Which Chinese characters people write in the place of which, counted in pairs of texts.
///
/// Only pairs of equally many characters count: place by place they show what was written and what was meant.
package struct SpellingMistakes: Sendable, Equatable {
  /// What is written in the place of one character, and how often.
  private struct Wrong: Sendable, Equatable {
    var scalars: [UInt32] = []
    var counts: [Double] = []
    var total = 0.0

    mutating func add(_ scalar: UInt32) {
      total += 1
      if let place = scalars.firstIndex(of: scalar) {
        counts[place] += 1
      } else {
        scalars.append(scalar)
        counts.append(1)
      }
    }
  }

  // So many right ones more are thought of each character: one that is seen once and wrong is not always wrong.
  private static let prior = 20.0

  private var wrong: [UInt32: Wrong] = [:]
  private var seen: [UInt32: Double] = [:]

  /// Creates a count of nothing.
  package init() {}

  /// Whether there are none.
  package var isEmpty: Bool { wrong.isEmpty }

  /// Counts the characters of a text and of what was meant, UTF-8.
  package mutating func add(noisy: [UInt8], clean: [UInt8]) {
    let written = String(decoding: noisy, as: UTF8.self).unicodeScalars
    let meant = String(decoding: clean, as: UTF8.self).unicodeScalars
    guard written.count == meant.count else { return }
    for (written, meant) in zip(written, meant) where GraphemeKind(meant.value) == .han {
      seen[meant.value, default: 0] += 1
      if written != meant, GraphemeKind(written.value) == .han {
        wrong[meant.value, default: Wrong()].add(written.value)
      }
    }
  }

  /// Every mistake: what was written, what was meant, and how often.
  package var all: [(written: UInt32, meant: UInt32, count: Int)] {
    wrong.sorted { $0.key < $1.key }.flatMap { meant, wrong in
      zip(wrong.scalars, wrong.counts).map { ($0, meant, Int($1)) }
    }
  }

  /// How often another character is written in the place of one, in 0 … 1.
  func rate(of scalar: UInt32) -> Double {
    (wrong[scalar]?.total ?? 0) / ((seen[scalar] ?? 0) + SpellingMistakes.prior)
  }

  /// Draws a character that is written in the place of one, as often as it is; nil where none is known.
  func draw(inPlaceOf scalar: UInt32, using random: Random) -> UInt32? {
    guard let wrong = wrong[scalar] else { return nil }
    return random.element(of: wrong.scalars, weights: wrong.counts)
  }
}
