import SeqaeFiles
import SeqaeText

/// What of a corpus is for training, for development and for the test: a function of the line alone.
///
/// A line's part follows from the hash of its folded text, so it is the same wherever the line occurs,
/// with or without its punctuation. The sides of a pair go together, and texts that are wholly held out
/// stay so in other corpora: lines that their own hash would put elsewhere are listed by hash in the
/// file, `Scripts/splits.json`, which the program `splits` makes.
///
/// Folding is NFKC_Casefold with all but letters, marks and numbers left out; the hash is 64-bit FNV-1a
/// of the folded UTF-8. The hash modulo `modulus` is below `testBelow` for the test, else below
/// `developmentBelow` for development. A text without letters is for training.
public struct Splits: Sendable {
  /// A part of a corpus.
  public enum Part: String, Sendable, CaseIterable {
    case training
    case development
    case test
  }

  /// The layout of the file that this version reads.
  package static let format = 1

  private let modulus: UInt64
  private let testBelow: UInt64
  private let developmentBelow: UInt64
  private var listed: [UInt64: Part]

  /// Creates splits by hash alone.
  ///
  /// - Parameters:
  ///   - modulus: into how many parts hashes fall.
  ///   - testBelow: the first ones are the test.
  ///   - developmentBelow: the next ones are for development.
  package init(modulus: UInt64, testBelow: UInt64, developmentBelow: UInt64) {
    precondition(
      testBelow <= developmentBelow && developmentBelow <= modulus && modulus > 0,
      "Splits: test below \(testBelow), development below \(developmentBelow) of \(modulus)")
    self.modulus = modulus
    self.testBelow = testBelow
    self.developmentBelow = developmentBelow
    listed = [:]
  }

  /// Reads a file of splits.
  ///
  /// - Parameter path: `Scripts/splits.json` of a checkout, which `Splits.find()` finds.
  /// - Throws: `Failure(.missingInput)` or `Failure(.data)`.
  public init(path: String) throws(Failure) {
    let json = try JSON.read(path)
    guard json["seqae_splits"]?.intValue == Splits.format else {
      throw Failure(.data, "\(path): expected seqae_splits \(Splits.format): update seqae")
    }
    func number(_ key: ByteString) throws(Failure) -> UInt64 {
      guard let value = json[key]?.intValue, (0...1_000_000).contains(value) else {
        throw Failure(.data, "\(path): \(key): expected an integer in 0 … 1000000")
      }
      return UInt64(value)
    }
    let (modulus, test, development) = (
      try number("modulus"), try number("test_below"), try number("development_below")
    )
    guard modulus > 0, test <= development, development <= modulus else {
      throw Failure(
        .data,
        "\(path): expected test_below ≤ development_below ≤ modulus and a modulus above 0, "
          + "found \(test), \(development), \(modulus)")
    }
    self.init(modulus: modulus, testBelow: test, developmentBelow: development)
    for part in [Part.test, .development] {
      guard let hashes = json[ByteString(part.rawValue)]?.arrayValue else {
        throw Failure(.data, "\(path): \(part.rawValue): expected an array of hashes")
      }
      for entry in hashes {
        guard let text = entry.stringValue, let hash = UInt64(text.string, radix: 16) else {
          throw Failure(
            .data, "\(path): \(part.rawValue): expected hashes of 16 hexadecimal digits")
        }
        listed[hash] = part
      }
    }
  }

  /// Returns the part that a line belongs to, of UTF-8 in any spelling, case and punctuation.
  public func part(of line: [UInt8]) -> Part {
    let folded = Splits.fold(line)
    return folded.isEmpty ? .training : part(ofHash: Splits.hash(folded))
  }

  package func part(ofHash hash: UInt64) -> Part { listed[hash] ?? partByHash(hash) }

  /// The part by the hash alone, whatever is listed.
  package func partByHash(_ hash: UInt64) -> Part {
    let place = hash % modulus
    return place < testBelow ? .test : place < developmentBelow ? .development : .training
  }

  /// Returns the path of the splits of the checkout that the running program was built in.
  ///
  /// `Scripts/splits.json` in the nearest folder above the program that has one.
  ///
  /// - Returns: the file's path.
  /// - Throws: `Failure(.missingInput)` if there is none.
  public static func find() throws(Failure) -> String {
    var folder = Path.directory(Path.executablePath ?? "")
    while true {
      let path = Path.join(folder, "Scripts", "splits.json")
      if Path.exists(path) { return path }
      let above = Path.directory(folder)
      guard above != folder, above != "." else {
        throw Failure(
          .missingInput,
          "Scripts/splits.json, which says what is held out, was not found above the program: name "
            + "it with --splits")
      }
      folder = above
    }
  }
}

// MARK: - Folding and hashing

extension Splits {
  /// Returns what two lines have in common that differ in case, width, punctuation and spaces only.
  package static func fold(_ line: [UInt8]) -> [UInt8] {
    let normal = UnicodeNormalizer(.nfkcCasefold).normalize(AlignedText(line)).bytes
    var folded: [UInt8] = []
    folded.reserveCapacity(normal.count)
    normal.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        guard let scalar = decodeScalar(bytes, at: index) else {
          index += 1
          continue
        }
        if isKept(scalar.value) { folded.append(contentsOf: bytes[index..<index + scalar.length]) }
        index += scalar.length
      }
    }
    return folded
  }

  /// Returns the 64-bit FNV-1a hash (Fowler, Noll & Vo) of bytes.
  package static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Whether a code point is a letter, mark or number.
  private static func isKept(_ value: UInt32) -> Bool {
    switch value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x4E00...0x9FFF: return true
    case 0..<0x80: return false
    default: break
    }
    guard let scalar = Unicode.Scalar(value) else { return false }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }
}
