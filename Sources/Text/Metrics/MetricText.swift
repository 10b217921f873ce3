/// What the tokenizers of the reference tools have in common: Python's spaces, entities, marks set apart.
///
/// All linear. Bytes that are not UTF-8 count as letters.
enum MetricText {
  // MARK: Spaces

  /// Whether Python splits there: at Unicode's white space, and at the four separators of ASCII.
  static func isSpace(_ scalar: UInt32?) -> Bool {
    guard let scalar else { return false }
    return (0x1C...0x1F).contains(scalar) || CharacterProperties.isSpace(scalar)
  }

  /// Returns what lies between spaces.
  static func words(in text: [UInt8]) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var start = 0
    forEachScalar(of: text) { scalar, range in
      guard isSpace(scalar) else { return }
      if start < range.lowerBound { words.append(text[start..<range.lowerBound]) }
      start = range.upperBound
    }
    if start < text.count { words.append(text[start...]) }
    return words
  }

  /// Returns the text from the first to the last code point that is no space.
  static func stripped(_ text: [UInt8]) -> ArraySlice<UInt8> {
    var (start, end): (Int?, Int) = (nil, 0)
    forEachScalar(of: text) { scalar, range in
      guard !isSpace(scalar) else { return }
      start = start ?? range.lowerBound
      end = range.upperBound
    }
    return text[(start ?? 0)..<end]
  }

  // MARK: Marks

  /// Resolves the four entities that NIST's script and tercom know.
  static func entitiesResolved(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(UInt8(ascii: "&")) else { return text }
    var text = text
    // In this order, so that &amp;lt; is < and &amp;quot; is not a quotation mark.
    text.replace(Array("&quot;".utf8), with: Array("\"".utf8))
    text.replace(Array("&amp;".utf8), with: Array("&".utf8))
    text.replace(Array("&lt;".utf8), with: Array("<".utf8))
    text.replace(Array("&gt;".utf8), with: Array(">".utf8))
    return text
  }

  /// Sets spaces around marks of ASCII, of which ' , - . are none.
  ///
  /// The rules look at ASCII alone, and what they call a character that is no digit may as well be a byte of one:
  /// bytes give the same text as code points.
  static func marksApart(_ text: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    var marked: [UInt8] = []
    marked.reserveCapacity(2 * text.count)
    for byte in text {
      if isMark(byte) { marked += [space, byte, space] } else { marked.append(byte) }
    }
    return marked
  }

  /// Sets spaces around points and commas but within numbers, and around dashes behind digits, each rule over the whole
  /// text that the one before has made.
  static func pointsApart(_ text: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    // A point or comma stays with the digits on both of its sides: the first rule looks before it …
    let before = rewritten(
      text, where: { !isDigit($0) && isPoint($1) }, { [$0, space, $1, space] })
    // … the second behind it.
    let behind = rewritten(
      before, where: { isPoint($0) && !isDigit($1) }, { [space, $0, space, $1] })
    return rewritten(
      behind, where: { isDigit($0) && $1 == UInt8(ascii: "-") }, { [$0, space, $1, space] })
  }

  /// Replaces pairs of bytes from the left, none of which takes part in two.
  private static func rewritten(
    _ text: [UInt8], where isPair: (UInt8, UInt8) -> Bool, _ replacement: (UInt8, UInt8) -> [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4)
    var index = 0
    while index < text.count {
      if index + 1 < text.count, isPair(text[index], text[index + 1]) {
        result += replacement(text[index], text[index + 1])
        index += 2
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isPoint(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",")
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x26, 0x28...0x2B, 0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  // MARK: Letters

  /// Returns the text in lower case, as Python has it: Unicode's full mapping without a language's own.
  ///
  /// Two code points differ from `CharacterProperties.lowercase`: İ has two, and Σ at the end of a word is ς (The Unicode
  /// Standard §3.13, `Final_Sigma`).
  static func lowercased(_ text: [UInt8]) -> [UInt8] {
    let symbols = codePointSymbols(text)
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for (index, symbol) in symbols.enumerated() {
      switch symbol {
      case 0x130: result += Array("i\u{307}".utf8)
      case 0x3A3: result.appendScalar(isFinal(index, in: symbols) ? 0x3C2 : 0x3C3)
      case ..<0x11_0000: result.appendScalar(CharacterProperties.lowercase(symbol))
      default: result.append(UInt8(truncatingIfNeeded: symbol))
      }
    }
    return result
  }

  /// Whether a letter is the last of its word: one stands before it and none behind, accents and points left out.
  private static func isFinal(_ index: Int, in symbols: [UInt32]) -> Bool {
    let before = symbols[..<index].last { !CharacterProperties.isCaseIgnorable($0) }
    let behind = symbols[(index + 1)...].first { !CharacterProperties.isCaseIgnorable($0) }
    return before.map(CharacterProperties.isCased) == true
      && behind.map(CharacterProperties.isCased) != true
  }

  // MARK: Signatures

  /// The beginning of sacreBLEU's signatures: how many references each hypothesis has, nil if that varies.
  static func signature(references: Int?) -> String {
    "nrefs:\(references.map(String.init) ?? "var")"
  }
}
