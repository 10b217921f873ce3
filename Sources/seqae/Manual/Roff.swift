/// A manual page in the macros of man(7), as groff and mandoc read them.
///
/// All that it writes is ASCII: any other character is named by its number, so that no program needs to
/// be told an encoding.
struct Roff {
  /// A piece of text and the font that it stands in.
  enum Span {
    /// As the running text.
    case plain(String)
    /// What is typed as it stands.
    case bold(String)
    /// What is replaced by something else.
    case italic(String)
  }

  /// The page so far.
  private(set) var text = ""

  /// The longest line of running text, in bytes.
  private static let width = 78

  /// Writes a macro with its arguments, which have nothing to escape, on a line of its own.
  mutating func macro(_ name: String, _ arguments: String...) {
    let words = arguments.map { $0.contains(" ") ? "\"\($0)\"" : $0 }
    text += "." + ([name] + words).joined(separator: " ") + "\n"
  }

  /// Writes running text, whose spaces and line breaks are all the same.
  mutating func fill(_ spans: Span...) { fill(spans) }

  /// Writes running text, whose spaces and line breaks are all the same.
  mutating func fill(_ spans: [Span]) {
    var line = ""
    for word in Self.words(spans) {
      if !line.isEmpty, line.utf8.count + 1 + word.utf8.count > Self.width {
        write(line)
        line = ""
      }
      line += line.isEmpty ? word : " " + word
    }
    if !line.isEmpty { write(line) }
  }

  /// Writes a paragraph of running text.
  mutating func paragraph(_ spans: Span...) {
    macro("PP")
    fill(spans)
  }

  /// Writes a name and, indented, what is to be said of it.
  mutating func entry(_ name: [Span], _ description: [Span]) {
    macro("TP")
    write(Self.words(name).joined(separator: " "))
    fill(description)
  }

  /// Writes lines as they are, indented.
  mutating func session(_ lines: [String]) {
    macro("PP")
    text += ".RS 4\n.nf\n"
    for line in lines { write(Self.escaped(line)) }
    text += ".fi\n.RE\n"
  }

  /// The words of spans, escaped, each with its font; one that spans share is one word.
  private static func words(_ spans: [Span]) -> [String] {
    var words: [String] = []
    var joins = false
    for span in spans {
      let (content, font): (String, String) =
        switch span {
        case .plain(let content): (content, "")
        case .bold(let content): (content, "B")
        case .italic(let content): (content, "I")
        }
      let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\n" }
      for (number, part) in content.split(whereSeparator: isBlank).enumerated() {
        let word = font.isEmpty ? escaped(part) : "\\f\(font)\(escaped(part))\\fR"
        if number == 0, joins, let first = content.first, !isBlank(first) {
          words[words.count - 1] += word
        } else {
          words.append(word)
        }
      }
      joins = !words.isEmpty && !(content.last.map(isBlank) ?? false)
    }
    return words
  }

  /// Writes a line of text, which no first character turns into a macro.
  private mutating func write(_ line: String) {
    text += (line.utf8.first == UInt8(ascii: ".") ? "\\&" : "") + line + "\n"
  }

  /// Text whose characters all stand for themselves, whatever the device makes of quotes and dashes.
  private static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "\"": result += "\\(dq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
      }
    }
    return result
  }
}
