import SeqaeRandom
import SeqaeText

/// The noises of the benchmark, one kind of damage each, and all of them together.
public enum BenchNoise: String, CaseIterable, Sendable {
  case punctuation, space
  case zeroWidth = "zero-width"
  case emoji, `repeat`, stray, deletion, swap
  case lookAlike = "look-alike"
  case width, ocr, keyboard
  case letterCase = "case"
  case sameSound = "same-sound"
  case nearSound = "near-sound"
  case pinyin, initials, split, mojibake, mixed

  /// Those that do something to texts of a language.
  public static func all(for language: Language) -> [BenchNoise] {
    allCases.filter { noise in
      switch noise {
      case .sameSound, .nearSound, .pinyin, .initials, .split, .mojibake: language == .chinese
      case .keyboard, .letterCase: language == .english
      default: true
      }
    }
  }

  /// What `mixed` consists of, each at an equal part of the rate: what writers, scanners and spoilers do most.
  static func parts(for language: Language) -> [BenchNoise] {
    switch language {
    case .chinese:
      [.sameSound, .nearSound, .lookAlike, .ocr, .deletion, .swap, .stray, .repeat, .punctuation]
    case .english: [.keyboard, .lookAlike, .ocr, .deletion, .swap, .stray, .repeat, .punctuation]
    }
  }

  /// Returns `text` with this noise at a rate, the share of its letters or gaps.
  func corrupt(_ text: String, rate: Double, _ language: Language, using random: Random) -> String {
    guard self == .mixed else { return noise(rate).corrupt(text, using: random) }
    let parts = BenchNoise.parts(for: language)
    return parts.reduce(text) { text, part in
      part.noise(rate / Double(parts.count)).corrupt(text, using: random)
    }
  }

  private func noise(_ rate: Double) -> any TextNoise {
    func inserted(_ kinds: InsertionNoise.Kind...) -> any TextNoise {
      InsertionNoise(rate: rate, besideSpaces: 0, weights: kinds.map { (kind: $0, weight: 1) })
    }
    return switch self {
    case .punctuation: inserted(.mark, .marks)
    case .space: inserted(.spaces)
    case .zeroWidth: inserted(.zeroWidth)
    case .emoji: inserted(.emoji)
    case .repeat: inserted(.doubled)
    case .mixed: InsertionNoise(rate: 0)  // which `corrupt` composes of the others
    default: TextNoiseKind(rawValue: rawValue)?.noise(rate: rate) ?? InsertionNoise(rate: 0)
    }
  }
}
