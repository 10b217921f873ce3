import Glibc
import SeqaeRandom
import SeqaeText
import Testing

/// A tokenizer whose decoding gives back the text, or the normalised text.
struct RoundTripSubject: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let make: @Sendable () throws -> Tokenizer

  /// All of them: a new kind of model is a line here.
  static let all: [RoundTripSubject] =
    [
      RoundTripSubject("characters") { try makeTokenizer() },
      RoundTripSubject("characters within words") {
        try Tokenizer(characters: makeTokenizer().vocabulary, splitter: BoundarySplitter(.word))
      },
      RoundTripSubject("characters within graphemes") {
        try Tokenizer(characters: makeTokenizer().vocabulary, splitter: BoundarySplitter(.grapheme))
      },
      RoundTripSubject("pairs of characters") {
        try Tokenizer(trained: makePairs(), splitter: ScriptSplitter())
      },
      RoundTripSubject("pairs of characters, in one piece") { try Tokenizer(trained: makePairs()) },
      RoundTripSubject("pairs of characters, NFC") {
        try Tokenizer(
          trained: makePairs(), normalizer: UnicodeNormalizer(.nfc), splitter: ScriptSplitter())
      },
      RoundTripSubject("pairs of bytes") {
        let read = try Tokenizer(readingJSON: fixture("subwords-bytes.json"))
        return Tokenizer(
          normalizer: read.normalizer, splitter: read.splitter, model: read.model,
          template: read.template, specialTokens: read.specialTokens)
      },
    ]
    + UnicodeNormalizer.Form.allCases.map { form in
      RoundTripSubject("characters, \(form.rawValue)") {
        try makeTokenizer(normalizer: UnicodeNormalizer(form))
      }
    }

  init(_ name: String, _ make: @escaping @Sendable () throws -> Tokenizer) {
    testDescription = name
    self.make = make
  }
}

/// decode(encode(x)) = x, or normalise(x); and every range slices x, in order, and all cover it.
@Suite struct RoundTripTests {
  /// What the tokens of a text must decode to.
  private func expected(_ text: [UInt8], _ tokenizer: Tokenizer) -> [UInt8] {
    tokenizer.normalizer.map { $0.normalize(AlignedText(text)).bytes } ?? text
  }

  /// Whether a text comes back and its ranges are as they should be; prints what is wrong.
  private func holds(_ text: [UInt8], _ tokenizer: Tokenizer) -> Bool {
    let encoding = tokenizer.encode(text)
    guard tokenizer.decode(encoding.ids) == expected(text, tokenizer) else {
      print("does not come back: \(text.prefix(100))")
      return false
    }
    guard areInOrder(encoding.ranges, text.count, tokenizer) else {
      print("wrong ranges: \(text.prefix(100)): \(encoding.ranges.prefix(50))")
      return false
    }
    // Token by token, where that does not take minutes.
    guard tokenizer.normalizer == nil, text.count < 10_000 else { return true }
    return zip(encoding.ids, encoding.ranges).allSatisfy {
      tokenizer.decode([$0]).elementsEqual(text[$1])
    }
  }

  /// Whether ranges lie in a text of `count` bytes in order and without gaps.
  ///
  /// Without a normaliser each begins where the one before it ends. With one, tokens may share bytes of
  /// the original (the f and the i of ﬁ), and NFKC_Casefold drops characters.
  private func areInOrder(_ ranges: [Range<Int>], _ count: Int, _ tokenizer: Tokenizer) -> Bool {
    let form = (tokenizer.normalizer as? UnicodeNormalizer)?.form
    var start = 0
    var end = 0
    for range in ranges {
      guard start <= range.lowerBound, end <= range.upperBound, range.upperBound <= count,
        !range.isEmpty
      else { return false }
      switch form {
      case nil: guard range.lowerBound == end else { return false }
      case .nfkcCasefold: break
      default: guard range.lowerBound <= end else { return false }
      }
      (start, end) = (range.lowerBound, range.upperBound)
    }
    return end == count || form == .nfkcCasefold
  }

  @Test(arguments: RoundTripSubject.all)
  func everyScalarComesBackAloneAndInRuns(subject: RoundTripSubject) throws {
    let tokenizer = try subject.make()
    var count = 0
    var wrong = 0
    var run: [UInt8] = []
    for value in UInt32(0)...0x10FFFF {
      guard Unicode.Scalar(value) != nil else { continue }
      var bytes: [UInt8] = []
      bytes.appendScalar(value)
      count += 1
      if !holds(bytes, tokenizer) { wrong += 1 }
      run += bytes
      if count % 61 == 0 {
        if !holds(run, tokenizer) { wrong += 1 }
        run.removeAll(keepingCapacity: true)
      }
    }
    #expect(count == 1_112_064)
    #expect(wrong == 0)
  }

  @Test(arguments: RoundTripSubject.all)
  func anyBytesComeBack(subject: RoundTripSubject) throws {
    let tokenizer = try subject.make()
    let random = Random(seed: 31).child(subject.testDescription)
    for _ in 0..<3_000 {
      #expect(holds(random.bytes(count: random.integer(below: 90)), tokenizer))
      let noise = (0..<random.integer(below: 40)).map { _ in UInt8(random.integer(below: 256)) }
      #expect(holds(noise, tokenizer))
    }
  }

  @Test(arguments: RoundTripSubject.all)
  func hostileTextsComeBack(subject: RoundTripSubject) throws {
    let tokenizer = try subject.make()
    for text in Self.hostile { #expect(holds(text.bytes, tokenizer), "\(text.name)") }
  }

  static let hostile: [(name: String, bytes: [UInt8])] = [
    ("nothing", []), ("a zero", [0]),
    ("a million combining marks", Array("e".utf8) + repeated("\u{301}\u{323}", 500_000)),
    ("a chain of a thousand emoji", repeated("👩🏽\u{200D}", 1_000)),
    ("a hundred chains", repeated(String(repeating: "👩\u{200D}", count: 1_000) + " ", 100)),
    ("flags", repeated("🇨🇳🇺🇸🇬", 10_000)),
    ("unassigned", repeated("\u{378}\u{2FE0}\u{E0080}\u{1FFFE}\u{10FFFF}", 2_000)),
    ("private use", repeated("\u{E000}\u{F8FF}\u{F0000}\u{10FFFD}", 2_000)),
    ("jamo", repeated("\u{1100}\u{1161}\u{11A8}", 20_000)),
    ("joiners", repeated("\u{200D}\u{200C}\u{2060}\u{FEFF}", 20_000)),
    ("directions", repeated("\u{202E}a\u{202C}\u{2067}ب\u{2069}", 10_000)),
    ("spellings of special tokens", repeated("</s><mask><0x41><pad>", 5_000)),
    ("stray bytes", [UInt8](repeating: 0x80, count: 200_000)),
    ("beginnings of characters", (0..<200_000).map { [0xF0, 0x9F, 0xE4, 0xC3][$0 % 4] }),
    ("10 MB without a space", repeated("今天天气很好我们去公园散步a", 250_000)),
  ]

  private static func repeated(_ text: String, _ count: Int) -> [UInt8] {
    Array(repeatElement(Array(text.utf8), count: count).joined())
  }

  /// Seconds of processor time that a thread needs for an encoding: the least of three.
  private func time(_ tokenizer: Tokenizer, _ text: [UInt8]) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    return (0..<3).map { _ in
      let start = now()
      let encoding = tokenizer.encode(text)
      #expect(tokenizer.decode(encoding.ids).isEmpty == false)
      return now() - start
    }.min() ?? 0
  }

  @Test(arguments: RoundTripSubject.all)
  func timeGrowsAsTheText(subject: RoundTripSubject) throws {
    let tokenizer = try subject.make()
    let pieces = [
      "\u{301}\u{323}", "👩\u{200D}", "今天天气很好我们去公园散步", "a", " ", "e\u{301}", "ﬁ", "각\u{1161}", "🇨",
    ]
    for piece in pieces {
      let count = 40_000 / piece.utf8.count
      let text = Self.repeated(piece, count)
      let (once, eightfold) = (
        time(tokenizer, text), time(tokenizer, Self.repeated(piece, 8 * count))
      )
      // Eight times the text: 8 if linear, 64 if quadratic.
      #expect(eightfold < 24 * max(once, 1e-4), "\(piece): \(once) s, \(eightfold) s")
    }
  }
}
