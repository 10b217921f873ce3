import SeqaeFiles

/// What of a corpus is for training, for development and for the test: a function of the text alone.
///
/// A text's part follows from the hash of its folded form, so it is the same wherever the text occurs,
/// with or without its punctuation. Where the hash alone would be wrong — the sides of a pair go
/// together, a verse or an image has one part, a set has a test part of its own — the texts are listed
/// by hash in the file, `Scripts/splits.json`, which the program `splits` makes. A text that merely
/// contains a sentence of a held-out text is withheld: neither trained on nor tested with.
///
/// The hash is 64-bit FNV-1a of the folded UTF-8 (`fold`). The hash modulo `modulus` is below `testBelow`
/// for the test, else below `developmentBelow` for development. A text without letters is for training.
/// Documentation/Splits.md has the rules and what each of them holds out of each corpus.
public struct Splits: Sendable {
  /// A part of a corpus.
  public enum Part: String, Sendable, CaseIterable, Comparable {
    case training
    /// Has a sentence of a held-out text, or goes with a text that has: for nothing.
    case withheld
    case development
    case test

    private var rank: Int {
      switch self {
      case .training: 0
      case .withheld: 1
      case .development: 2
      case .test: 3
      }
    }

    /// Whether `left` is held out less than `right`.
    public static func < (left: Part, right: Part) -> Bool { left.rank < right.rank }
  }

  /// The layout of the file that this version reads.
  package static let format = 2

  /// How texts are shared out by hash where nothing is listed.
  package struct Rule: Sendable, Equatable {
    package let modulus: UInt64
    package let testBelow: UInt64
    package let developmentBelow: UInt64

    /// Creates a rule.
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
    }

    /// Returns the part of a hash.
    package func part(of hash: UInt64) -> Part {
      let place = hash % modulus
      return place < testBelow ? .test : place < developmentBelow ? .development : .training
    }
  }

  private let rule: Rule
  private let listed: [(part: Part, hashes: HashList)]
  private let sentences: HashList

  /// Creates splits of a rule and its exceptions.
  ///
  /// - Parameters:
  ///   - rule: what decides where nothing is listed.
  ///   - listed: texts whose part is another than the rule's, by the hash of the folded text.
  ///   - sentences: the sentences of held-out texts.
  package init(_ rule: Rule, listed: [Part: HashList] = [:], sentences: HashList = HashList()) {
    self.rule = rule
    // Where two lists claim a hash, the one that holds out more decides.
    self.listed = listed.filter { !$0.value.isEmpty }.sorted { $0.key > $1.key }.map { ($0, $1) }
    self.sentences = sentences
  }

  /// Reads a file of splits.
  ///
  /// - Parameter path: `Scripts/splits.json` of a checkout, or what `Splits.find()` finds.
  /// - Throws: `Failure(.missingInput)` or `Failure(.data)`.
  public init(path: String) throws(Failure) {
    try self.init(json: try JSON.read(path), name: path)
  }

  /// Reads the contents of a file of splits.
  ///
  /// - Parameters:
  ///   - json: the file's value.
  ///   - name: what messages call the file.
  /// - Throws: `Failure(.data)` for what is none.
  package init(json: JSON, name: String) throws(Failure) {
    try Splits.checkFormat(json["seqae_splits"], name)
    func number(_ key: ByteString) throws(Failure) -> UInt64 {
      guard let value = json[key]?.intValue, (0...1_000_000).contains(value) else {
        throw Failure(.data, "\(name): \(key): expected an integer in 0 … 1000000")
      }
      return UInt64(value)
    }
    let (modulus, test, development) = (
      try number("modulus"), try number("test_below"), try number("development_below")
    )
    guard modulus > 0, test <= development, development <= modulus else {
      throw Failure(
        .data,
        "\(name): expected test_below ≤ development_below ≤ modulus and a modulus above 0, "
          + "found \(test), \(development), \(modulus)")
    }
    guard let lists = json["lists"]?.objectValue else {
      throw Failure(
        .data, "\(name): lists: expected an object, found \(json["lists"]?.kindName ?? "nothing")")
    }
    var listed: [Part: HashList] = [:]
    var sentences = HashList()
    for (key, value) in lists.members {
      let list = try HashList(value, name: "\(name): lists.\(key.string)")
      if key == Splits.sentencesKey {
        sentences = list
      } else if let part = Part.allCases.first(where: { ByteString($0.rawValue) == key }) {
        listed[part] = list
      } else {
        throw Failure(.data, "\(name): lists: \(key.quoted) is the name of no list")
      }
    }
    self.init(
      Rule(modulus: modulus, testBelow: test, developmentBelow: development), listed: listed,
      sentences: sentences)
  }

  private static let sentencesKey: ByteString = "sentences"

  private static func checkFormat(_ value: JSON?, _ name: String) throws(Failure) {
    guard let found = value?.intValue else {
      throw Failure(.data, "\(name): expected splits, found no number \"seqae_splits\"")
    }
    guard found == format else {
      let remedy =
        found > format
        ? "update seqae"
        : "use the Scripts/splits.json of this version, or make the file anew: "
          + "swift run -c release splits DATA \(name)"
      throw Failure(.data, "\(name): expected seqae_splits \(format), found \(found): \(remedy)")
    }
  }

  /// The lists as the file has them.
  package var listsJSON: JSON {
    var members: [(key: ByteString, value: JSON)] = listed.map {
      (ByteString($0.part.rawValue), $0.hashes.json)
    }
    members.append((Splits.sentencesKey, sentences.json))
    return .object(JSONObject(members))
  }

  /// Returns the part that a text belongs to, of UTF-8 in any spelling, case and punctuation.
  public func part(of text: [UInt8]) -> Part { part(of: Splits.fingerprint(text)) }

  /// Returns the part that the texts of one record belong to, such as the sides of a pair: that of the
  /// text that is held out most.
  public func part(ofRecord texts: some Sequence<[UInt8]>) -> Part {
    texts.lazy.map { part(of: $0) }.max() ?? .training
  }

  /// What is of one part.
  public struct Selection: Sendable {
    /// The part.
    public let part: Part
    private let splits: Splits

    /// Creates the selection of a part, by splits.
    public init(_ part: Part, of splits: Splits) { (self.part, self.splits) = (part, splits) }

    /// Whether the texts of a record, such as the sides of a pair, are of the part.
    public func contains(record texts: some Sequence<[UInt8]>) -> Bool {
      splits.part(ofRecord: texts) == part
    }
  }

  /// Returns the part of a record that has a name and no text, such as an image: by the hash of the name.
  public func part(ofName name: String) -> Part { rule.part(of: Splits.hash(name.utf8)) }

  package func part(of fingerprint: Fingerprint) -> Part {
    guard let line = fingerprint.line else { return .training }
    let part = partAlone(line)
    guard part == .training, containsHeldOut(fingerprint) else { return part }
    return .withheld
  }

  /// The part of a text by the hash of the whole of it, whatever sentences it has.
  package func partAlone(_ line: UInt64) -> Part {
    for list in listed where list.hashes.contains(line) { return list.part }
    return rule.part(of: line)
  }

  /// Whether one of a text's sentences is a sentence of a held-out text.
  package func containsHeldOut(_ fingerprint: Fingerprint) -> Bool {
    fingerprint.sentences.contains { sentences.contains($0) }
  }

  /// Returns the path of the splits that came with the running program.
  ///
  /// `Scripts/splits.json` of its installation, or of the checkout that it was built in.
  ///
  /// - Returns: the file's path.
  /// - Throws: `Failure(.missingInput)` if there is none.
  public static func find() throws(Failure) -> String {
    let paths = ShippedFiles.folders().map { Path.join($0, "Scripts/splits.json") }
    if let path = paths.first(where: { Path.exists($0) }) { return path }
    let searched = paths.isEmpty ? "nowhere" : paths.joined(separator: ", ")
    throw Failure(
      .missingInput,
      "splits.json, which says what is held out, was not found: looked for \(searched): name it with "
        + "--splits")
  }
}
