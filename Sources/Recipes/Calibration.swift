import SeqaeModels

/// Whether a denoiser is right as often as it says: Guo et al. 2017, *On Calibration of Modern Neural Networks*,
/// §2.
///
/// Edits are sorted by their confidence into bins of equal width; in each the mean confidence is set beside the
/// share of the edits that are right.
public struct Calibration: Sendable, Equatable {
  /// The edits whose confidence lies in a range.
  public struct Bin: Sendable, Equatable {
    /// The range; the last one includes its end.
    public let range: Range<Double>
    /// How many edits there are.
    public fileprivate(set) var count = 0
    fileprivate var confidences = 0.0
    fileprivate var rightCount = 0

    /// Their mean confidence; 0 without edits.
    public var confidence: Double { count == 0 ? 0 : confidences / Double(count) }
    /// The share of them that are right; 0 without edits.
    public var right: Double { count == 0 ? 0 : Double(rightCount) / Double(count) }
  }

  /// The bins, from no confidence to full.
  public private(set) var bins: [Bin]

  /// Creates the table of no edits.
  public init(bins count: Int = 10) {
    bins = (0..<count).map {
      Bin(range: Double($0) / Double(count)..<Double($0 + 1) / Double(count))
    }
  }

  /// The number of edits.
  public var count: Int { bins.reduce(0) { $0 + $1.count } }

  /// The expected calibration error: the mean distance of confidence and share of right ones, each bin by its
  /// edits; Guo et al. 2017, (3). 0 without edits.
  public var expectedError: Double {
    let all = Double(max(1, count))
    return bins.reduce(0) { $0 + Double($1.count) / all * abs($1.confidence - $1.right) }
  }

  /// Counts an edit.
  public mutating func add(confidence: Double, isRight: Bool) {
    let number = min(bins.count - 1, max(0, Int(confidence * Double(bins.count))))
    bins[number].count += 1
    bins[number].confidences += confidence
    bins[number].rightCount += isRight ? 1 : 0
  }

  /// Counts the edits of a repair of a noisy text, other than of texts so long that it would take seconds.
  public mutating func add(_ repair: Repair, of pair: DenoisingPair) {
    guard repair.changed, pair.noisy.count * pair.clean.count <= Self.longest,
      let judge = EditJudge(noisy: pair.noisy, clean: pair.clean)
    else { return }
    for edit in repair.edits { add(confidence: edit.confidence, isRight: judge.isRight(edit)) }
  }

  private static let longest = 1 << 22
}

/// Tells right edits from wrong ones.
///
/// An edit is right if each character that it takes away was too much and each that it writes was missing: with it
/// alone, and nothing else, the fewest deletions and insertions that lead to the clean text are fewer by just the
/// number of its characters. That needs no alignment of noisy and clean text, of which there may be several.
struct EditJudge {
  private let noisy: [UInt32]
  private let clean: [UInt32]
  // The longest common subsequence of noisy[..<i] and clean[..<j], and of noisy[i...] and clean[j...].
  private let heads: [[Int32]]
  private let tails: [[Int32]]

  /// Creates the judge of edits of `noisy`; nil where one of the texts is not UTF-8.
  init?(noisy: [UInt8], clean: [UInt8]) {
    guard let noisy = String(validating: noisy, as: UTF8.self),
      let clean = String(validating: clean, as: UTF8.self)
    else { return nil }
    self.noisy = noisy.unicodeScalars.map(\.value)
    self.clean = clean.unicodeScalars.map(\.value)
    var heads = [[Int32](repeating: 0, count: self.clean.count + 1)]
    for character in self.noisy {
      heads.append(Self.row(after: heads[heads.count - 1], character, self.clean))
    }
    self.heads = heads
    let reversed = Array(self.clean.reversed())
    var tails = [[Int32](repeating: 0, count: self.clean.count + 1)]
    for character in self.noisy.reversed() {
      tails.append(Self.row(after: tails[tails.count - 1], character, reversed))
    }
    self.tails = tails.reversed().map { $0.reversed() }
  }

  /// Whether an edit, whose offset is in code points of the noisy text, is right.
  func isRight(_ edit: Repair.Edit) -> Bool {
    let inserted = String(decoding: edit.inserted, as: UTF8.self).unicodeScalars.map(\.value)
    let removed = String(decoding: edit.removed, as: UTF8.self).unicodeScalars.count
    var row = heads[edit.offset]
    for character in inserted { row = Self.row(after: row, character, clean) }
    let common = zip(row, tails[edit.offset + removed]).map { $0 + $1 }.max() ?? 0
    return Int(common) == Int(tails[0][0]) + inserted.count
  }

  /// The row of the table after that of one character less.
  private static func row(after row: [Int32], _ character: UInt32, _ text: [UInt32]) -> [Int32] {
    var next = row
    for column in text.indices {
      next[column + 1] =
        text[column] == character ? row[column] + 1 : max(row[column + 1], next[column])
    }
    return next
  }
}
