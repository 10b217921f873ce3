import SeqaeRandom

/// Inserts marks, spaces, emoji and the like between the letters of a text.
///
/// At each gap between two letters or Chinese characters one insertion happens with probability `rate`.
/// Nothing is taken away, so the clean text is what remains after deleting:
///
/// ```swift
/// let noise = InsertionNoise(rate: 0.3)
/// noise.corrupt("今天天气很好", using: random)  // such as "今，，天天 气很★好"
/// ```
///
/// Left alone is what two clean texts differ in: a space between a Chinese character and a Latin letter
/// or digit, between two digits spaces and the marks that numbers are written with, and a middle dot alone between
/// Chinese characters, which may be a foreign name's.
public struct InsertionNoise: TextNoise {
  /// Something to insert.
  public enum Kind: CaseIterable, Sendable {
    /// One mark.
    case mark
    /// Two to five marks, the same or several.
    case marks
    /// One to three spaces.
    case spaces
    /// One emoji, at times several.
    case emoji
    /// A character without width.
    case zeroWidth
    /// The character before once more, at times more often.
    case doubled
  }

  /// The probability of an insertion at a gap between letters.
  public var rate: Double
  /// The probability at a gap beside a space or mark, as a share of `rate`.
  public var besideSpaces: Double
  /// Whether digits count as letters.
  public var digits: Bool
  /// How often each kind is drawn, in proportion.
  public var weights: [(kind: Kind, weight: Double)]
  /// What is inserted.
  public var alphabet: NoiseAlphabet

  /// How often each kind is drawn unless told otherwise: by our own reading of spoilt texts.
  public static let defaultWeights: [(kind: Kind, weight: Double)] = [
    (.mark, 0.3), (.marks, 0.25), (.spaces, 0.17), (.emoji, 0.1), (.zeroWidth, 0.08),
    (.doubled, 0.1),
  ]

  /// Creates the noise.
  public init(
    rate: Double, besideSpaces: Double = 0.1, digits: Bool = false,
    weights: [(kind: Kind, weight: Double)] = InsertionNoise.defaultWeights,
    alphabet: NoiseAlphabet = .standard
  ) {
    precondition(0 <= rate && rate <= 1, "InsertionNoise: rate \(rate) is not a probability")
    precondition(
      weights.contains { $0.weight > 0 } && weights.allSatisfy { $0.weight >= 0 },
      "InsertionNoise: no kind has a positive weight, or one has a negative: \(weights)")
    self.rate = rate
    self.besideSpaces = besideSpaces
    self.digits = digits
    self.weights = weights
    self.alphabet = alphabet
  }

  /// Returns `text` with insertions.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    guard graphemes.count > 1 else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(2 * graphemes.bytes.count)
    result.append(contentsOf: graphemes[0])
    for index in 1..<graphemes.count {
      if graphemes.isLetterGap(before: index, digits: digits) {
        if random.chance(rate) { insert(before: index, of: graphemes, random, &result) }
      } else if isBesideSpace(graphemes, index), random.chance(rate * besideSpaces) {
        insertBesideSpace(before: index, of: graphemes, random, &result)
      }
      result.append(contentsOf: graphemes[index])
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func isBesideSpace(_ graphemes: Graphemes, _ index: Int) -> Bool {
    let (left, right) = (graphemes.kinds[index - 1], graphemes.kinds[index])
    guard left != .other, right != .other else { return false }
    return left == .space || right == .space || left.isMark || right.isMark
  }

  private func insert(
    before index: Int, of graphemes: Graphemes, _ random: Random, _ result: inout [UInt8]
  ) {
    let isInNumber = graphemes.isInsideNumber(before: index)
    switch drawKind(random) {
    case .spaces where isInNumber || graphemes.isOptionalSpace(before: index),
      .doubled where isInNumber:
      // A mark in place of what would be no noise here, if there are marks at all.
      guard weights.contains(where: { $0.kind == .mark && $0.weight > 0 }) else { return }
      result.append(contentsOf: drawMark(random, inNumber: isInNumber).utf8)
    case .mark:
      var mark = drawMark(random, inNumber: isInNumber)
      if NameMarks.all.contains(mark), graphemes.isBetweenHan(before: index) { mark = "★" }
      result.append(contentsOf: mark.utf8)
    case .marks:
      insertMarks(alphabet.marks, random, inNumber: isInNumber, &result)
    case .spaces:
      for _ in 0..<(random.chance(0.7) ? 1 : 2 + random.integer(below: 2)) {
        result.append(contentsOf: random.element(of: alphabet.spaces).utf8)
      }
    case .emoji:
      for _ in 0..<(random.chance(0.75) ? 1 : 2 + random.integer(below: 2)) {
        result.append(contentsOf: random.element(of: alphabet.emoji).utf8)
      }
    case .zeroWidth:
      result.append(contentsOf: random.element(of: alphabet.zeroWidth).utf8)
    case .doubled:
      for _ in 0..<(random.chance(0.7) ? 1 : 2 + random.integer(below: 3)) {
        result.append(contentsOf: graphemes[index - 1])
      }
    }
  }

  /// Beside a space or mark only what a writer would not have put there by right.
  private func insertBesideSpace(
    before index: Int, of graphemes: Graphemes, _ random: Random, _ result: inout [UInt8]
  ) {
    let draw = random.uniform()
    let space = graphemes.kinds[index - 1] == .space ? index - 1 : index
    if draw < 0.4, graphemes.kinds[space] == .space {
      for _ in 0..<(1 + random.integer(below: 3)) {
        result.append(contentsOf: graphemes[space])
      }
    } else if draw < 0.4, graphemes.isNeverSpaced(before: index) {
      result.append(contentsOf: random.element(of: alphabet.spaces).utf8)
    } else if draw < 0.55 {
      result.append(contentsOf: random.element(of: alphabet.zeroWidth).utf8)
    } else if draw < 0.75 {
      insertMarks(alphabet.ornaments, random, inNumber: false, &result)
    } else {
      result.append(contentsOf: random.element(of: alphabet.ornaments).utf8)
    }
  }

  private func insertMarks(
    _ marks: [String], _ random: Random, inNumber: Bool, _ result: inout [UInt8]
  ) {
    let count = 2 + random.integer(below: 4)
    let isMixed = random.chance(0.4)
    var mark = drawMark(random, from: marks, inNumber: inNumber)
    for _ in 0..<count {
      result.append(contentsOf: mark.utf8)
      if isMixed { mark = drawMark(random, from: marks, inNumber: inNumber) }
    }
  }

  private func drawMark(_ random: Random, inNumber: Bool) -> String {
    let marks = random.chance(0.6) ? alphabet.commonMarks : alphabet.marks
    return drawMark(random, from: marks, inNumber: inNumber)
  }

  /// Draws a mark; inside a number an ornament, which no number is written with.
  private func drawMark(_ random: Random, from marks: [String], inNumber: Bool) -> String {
    guard inNumber else { return random.element(of: marks) }
    let ornament = random.element(of: alphabet.ornaments)
    return NumberMarks.all.contains(ornament) ? "★" : ornament
  }

  private func drawKind(_ random: Random) -> Kind {
    random.element(of: weights.map(\.kind), weights: weights.map(\.weight))
  }
}

/// Marks that stand between the parts of foreign names in Chinese.
enum NameMarks {
  static let all: Set<String> = ["·", "・", "‧", "•", "･"]
}

/// Marks that stand inside numbers, dates, times, ranges and formulas.
enum NumberMarks {
  static let all: Set<String> = [
    ",", ".", ":", "，", "．", "：", "。", "、", "·", "・", "-", "－", "—", "–", "/", "／", "\\", "~", "～",
    "+",
    "＋", "*", "＊", "×", "÷", "±", "=", "＝", "<", ">", "＜", "＞", "^", "%", "％", "'", "\"", "°", "_",
    "#",
    "$", "＄", "&", "≈", "≠", "(", ")", "（", "）",
  ]
}
