import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// What is easily taken for noise and must stay: lines of clean text sorted by what they have of it.
///
/// The lines are held-out ones. Those that a corpus has spoilt itself, such as the classical one where quotation
/// marks became spaces, are left out, as everywhere (`LineFilter`). A line may be in several categories.
public enum CleanCategory: String, CaseIterable, Sendable {
  /// Any line.
  case any
  /// 天天, 谢谢, 哈哈哈, bookkeeper.
  case reduplication
  /// 中、美、日.
  case abbreviatingMarks = "abbreviating-marks"
  /// ……, ——, ..., —.
  case ellipsesAndDashes = "ellipses-dashes"
  /// 《红楼梦》.
  case titles
  /// 1,000; 3.14; 2026-11-20; 12:30.
  case numbersAndDates = "numbers-dates"
  /// https://example.com/a_b, user@example.com, a_b(c).
  case addressesAndCode = "addresses-code"
  /// Chinese and English in one line.
  case mixedScripts = "mixed-scripts"
  /// 的, 地 and 得.
  case structuralParticles = "structural-particles"
  /// 唐纳德·特朗普; capitalized words inside an English line.
  case names
  /// 繁體字.
  case traditional
  /// Letters that are neither Latin nor Chinese.
  case otherScripts = "other-scripts"

  /// Whether a line of UTF-8 belongs to the category.
  public func contains(_ line: [UInt8]) -> Bool {
    let text = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
    func isHan(_ scalar: Unicode.Scalar) -> Bool { Language.isHan(scalar.value) }
    func isLatin(_ scalar: Unicode.Scalar) -> Bool {
      ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
    func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    func has(_ scalars: String) -> Bool { text.contains { scalars.unicodeScalars.contains($0) } }
    /// Whether a mark stands between two scalars of a kind.
    func isBetween(_ marks: String, _ kind: (Unicode.Scalar) -> Bool) -> Bool {
      text.indices.dropFirst().dropLast().contains {
        marks.unicodeScalars.contains(text[$0]) && kind(text[$0 - 1]) && kind(text[$0 + 1])
      }
    }
    switch self {
    case .any: return true
    case .reduplication:
      return text.indices.dropFirst().contains {
        text[$0] == text[$0 - 1] && (isHan(text[$0]) || isLatin(text[$0]))
      }
    case .abbreviatingMarks:
      return text.indices.dropFirst().dropLast().contains {
        text[$0] == "、" && isHan(text[$0 - 1]) && isHan(text[$0 + 1])
          && ($0 == 1 || !isHan(text[$0 - 2]))
      }
    case .ellipsesAndDashes: return has("…—–") || contains("...", in: line)
    case .titles: return has("《")
    case .numbersAndDates: return isBetween(",.:-/", isDigit)
    case .addressesAndCode:
      return ["http", "www.", "@", "()", "_", "</", "{", "=", "--"].contains {
        contains($0, in: line)
      }
    case .mixedScripts: return text.contains(where: isHan) && text.contains(where: isLatin)
    case .structuralParticles: return has("的") && has("地得")
    case .names:
      if isBetween("·", isHan) { return true }
      return !text.contains(where: isHan)
        && text.indices.dropFirst(2).contains {
          ("A"..."Z").contains(text[$0]) && text[$0 - 1] == " " && isLatin(text[$0 - 2])
        }
    case .traditional: return ChineseScript(of: line) == .traditional
    case .otherScripts:
      return text.contains {
        $0.properties.isAlphabetic && $0.value > 0x36F && !isHan($0)
          && !(0x1E00...0x1EFF).contains($0.value) && !(0x3000...0x31FF).contains($0.value)
          && !(0xFF00...0xFFEF).contains($0.value)
      }
    }
  }

  private func contains(_ part: String, in line: [UInt8]) -> Bool {
    let part = Array(part.utf8)
    guard line.count >= part.count else { return false }
    return (0...(line.count - part.count)).contains { line[$0..<($0 + part.count)] == part[...] }
  }
}

/// How many clean lines of each category come back as they were.
public struct CleanBench: Sendable {
  private static let seed: UInt64 = 2026

  /// The lines of a category in a language.
  public struct Cell: Sendable {
    /// What the lines have.
    public let category: CleanCategory
    /// Their language.
    public let language: Language
    /// The lines.
    public let lines: [[UInt8]]
  }

  /// The cells that have lines: categories, then languages.
  public let cells: [Cell]

  /// Sorts held-out lines.
  ///
  /// - Parameters:
  ///   - corpora: where the lines come from.
  ///   - splits: what is held out; lines of the test part are taken.
  ///   - limit: how many lines of a category and language, drawn by a fixed seed.
  ///   - report: receives a line for each damaged line of a corpus.
  /// - Throws: a `Failure` for a corpus that can't be read or has no such line.
  public init(
    _ corpora: [CorpusSource], splits: Splits, limit: Int, report: @escaping (String) -> Void
  ) throws(Failure) {
    let texts = try NoisySet.lines(
      corpora, part: .test, splits: splits, allLines: false, report: report)
    let random = Random(seed: Self.seed)
    cells = CleanCategory.allCases.flatMap { category in
      texts.compactMap { language, lines in
        var found = lines.filter(category.contains)
        random.child(category.rawValue).shuffle(&found)
        guard !found.isEmpty else { return nil }
        return Cell(category: category, language: language, lines: Array(found.prefix(limit)))
      }
    }
  }
}
