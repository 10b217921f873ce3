import SeqaeFiles
import SeqaeText

/// Which noises a text gets, how often and how much, as a small file says:
///
/// ```json
/// {
///   "clean_share": 0.2,
///   "draw": "each",
///   "text": [
///     {"noise": "look-alike", "share": 0.5, "rate": [0.02, 0.1]},
///     {"noise": "insertion", "rate": 0.2}
///   ],
///   "tokens": [{"noise": "infilling", "rate": 0.3}]
/// }
/// ```
///
/// All but the noises' names may be left out: a share is then 1, a rate the noise's own, no text stays clean, and
/// `draw` is `each`: every noise by its share, in the order of the file. With `one` a single noise is drawn of
/// those of text, in proportion to the shares, and a single one of those of tokens.
public struct NoiseConfiguration: Sendable {
  /// The share of the texts that stay as they are.
  public let cleanShare: Double
  /// How noises are chosen.
  public let draw: NoiseDraw
  /// The noises of text.
  public let text: [NoisePart<TextNoiseKind>]
  /// The noises of tokens.
  public let tokens: [NoisePart<TokenNoiseKind>]

  /// Creates a configuration of a single noise that every text gets.
  public init(text kind: TextNoiseKind, rates: ClosedRange<Double>? = nil) {
    cleanShare = 0
    draw = .each
    text = [NoisePart(kind, share: 1, rates: kind.standardRates.map { rates ?? $0 })]
    tokens = []
  }

  /// Creates a configuration of a single noise of tokens that every text gets.
  public init(tokens kind: TokenNoiseKind, rates: ClosedRange<Double>? = nil) {
    cleanShare = 0
    draw = .each
    text = []
    tokens = [NoisePart(kind, share: 1, rates: kind.standardRates.map { rates ?? $0 })]
  }

  /// Reads a file.
  public init(path: String) throws(Failure) {
    try self.init(try JSON.read(path), name: path)
  }

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - json: an object as above.
  ///   - name: the file that it comes from, for messages.
  /// - Throws: `Failure(.data)` for what is unknown or unfit.
  public init(_ json: JSON, name: String) throws(Failure) {
    let reader = NoiseReader(name: name)
    let keys = ["clean_share", "draw", "text", "tokens"]
    let object = try reader.object(json, at: "", keys: keys)
    var clean = 0.0
    if let value = object["clean_share"] {
      clean = try reader.probability(value, at: "clean_share")
    }
    cleanShare = clean
    var chosen = NoiseDraw.each
    if let value = object["draw"] {
      chosen = try reader.choice(value, at: "draw", of: NoiseDraw.self)
    }
    draw = chosen
    text = try reader.parts(object["text"], at: "text", TextNoiseKind.self, \.standardRates)
    tokens = try reader.parts(object["tokens"], at: "tokens", TokenNoiseKind.self, \.standardRates)
    guard !text.isEmpty || !tokens.isEmpty else {
      throw Failure(.data, "\(name): expected noises under text or tokens, found none")
    }
  }
}

/// Reads the parts of a noise configuration.
private struct NoiseReader {
  let name: String

  func wrong(_ place: String, _ expected: String, _ found: JSON) -> Failure {
    let text = found.stringValue?.quoted ?? String(decoding: found.serialized(), as: UTF8.self)
    return Failure(.data, "\(name): \(place): expected \(expected), found \(text)")
  }

  func object(_ json: JSON, at place: String, keys: [String]) throws(Failure) -> JSONObject {
    let prefix = place.isEmpty ? "" : "\(place): "
    guard let object = json.objectValue else {
      throw Failure(.data, "\(name): \(prefix)expected an object, found \(json.kindName)")
    }
    for member in object.members where !keys.contains(where: { ByteString($0) == member.key }) {
      let hint = Spelling.suggestion(for: member.key.string, among: keys).map { $0 + " " } ?? ""
      throw Failure(
        .data,
        "\(name): \(prefix)\(member.key.quoted) is unknown: \(hint)There are "
          + keys.joined(separator: ", "))
    }
    return object
  }

  func probability(_ json: JSON, at place: String) throws(Failure) -> Double {
    guard let value = json.doubleValue, (0...1).contains(value) else {
      throw wrong(place, "a number in 0 … 1", json)
    }
    return value
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ json: JSON, at place: String, of: Choice.Type
  ) throws(Failure) -> Choice where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    guard let word = json.stringValue, let choice = Choice(rawValue: word.string) else {
      throw wrong(place, "one of " + words.joined(separator: ", "), json)
    }
    return choice
  }

  func rates(_ json: JSON, at place: String) throws(Failure) -> ClosedRange<Double> {
    guard let bounds = json.arrayValue else {
      let rate = try probability(json, at: place)
      return rate...rate
    }
    guard bounds.count == 2 else { throw wrong(place, "a rate or two", json) }
    let lower = try probability(bounds[0], at: place)
    let upper = try probability(bounds[1], at: place)
    guard lower <= upper else { throw wrong(place, "the lower rate first", json) }
    return lower...upper
  }

  func parts<Kind: RawRepresentable & CaseIterable & Sendable>(
    _ json: JSON?, at list: String, _: Kind.Type, _ standard: (Kind) -> ClosedRange<Double>?
  ) throws(Failure) -> [NoisePart<Kind>] where Kind.RawValue == String {
    guard let json else { return [] }
    guard let entries = json.arrayValue else { throw wrong(list, "an array of noises", json) }
    var parts: [NoisePart<Kind>] = []
    for (index, entry) in entries.enumerated() {
      let place = "\(list)[\(index)]"
      let object = try object(entry, at: place, keys: ["noise", "share", "rate"])
      guard let noise = object["noise"] else {
        throw Failure(.data, "\(name): \(place): expected the name of a noise, found none")
      }
      let kind = try choice(noise, at: "\(place).noise", of: Kind.self)
      var share = 1.0
      if let value = object["share"] { share = try probability(value, at: "\(place).share") }
      var rates = standard(kind)
      if let value = object["rate"] {
        guard rates != nil else {
          throw Failure(
            .data, "\(name): \(place): the noise \(kind.rawValue) has no rate: leave it out")
        }
        rates = try self.rates(value, at: "\(place).rate")
      }
      parts.append(NoisePart(kind, share: share, rates: rates))
    }
    return parts
  }
}
