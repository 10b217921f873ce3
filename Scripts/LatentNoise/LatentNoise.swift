import Glibc
import SeqaeFiles
import SeqaeRandom
import SeqaeTensors

/// Draws what dropout of a latent takes away, and what the runs of `Scripts/experiments/latent-noise.sh` came to:
/// a drawing on standard output, a table on standard error. No product.
@main
enum LatentNoise {
  static func main() {
    do throws(Failure) {
      let rows = try CommandLine.arguments.dropFirst().map { path throws(Failure) in
        try Outcome(run: path)
      }
      for row in rows { try Output.error.line(row.markdown) }
      try Output.standard.write(Array(Drawing(rows).svg.utf8))
      try Output.standard.flush()
    } catch {
      try? Output.error.line("latent-noise: \(error.message)")
      exit(error.kind.exitCode)
    }
  }
}

/// The last validation of a denoiser's run.
private struct Outcome {
  let name: String
  /// Of insertions and of letters the share of the errors removed, and of clean lines the share unchanged: the
  /// mean of both languages.
  let shares: [Double]
  let loss: Double

  init(run path: String) throws(Failure) {
    let log = Path.join(path, "log.jsonl")
    var lines = try LineReader(path: log)
    var last: JSON?
    while let line = try lines.next() {
      last = (try? JSON.parse(line, name: log))?["validation"] ?? last
    }
    func number(_ key: String) throws(Failure) -> Double {
      guard let value = last?[ByteString(key)]?.doubleValue else {
        throw Failure(.data, "\(log): no validation with \(key): is it a denoiser's run, and over?")
      }
      return value
    }
    name = Path.lastComponent(path)
    var shares: [Double] = []
    for key in ["errors_cut", "letters_cut", "clean_unchanged"] {
      shares.append((try number("zh_\(key)") + number("en_\(key)")) / 2)
    }
    self.shares = shares
    loss = try number("loss")
  }

  var markdown: String {
    "| \(name) | " + shares.map { percent($0) }.joined(separator: " | ")
      + " | \(thousandths(loss)) |"
  }
}

private func thousandths(_ value: Double) -> String {
  let whole = Int((value * 1000).rounded())
  let rest = "\(whole % 1000)"
  return "\(whole / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
}

private func percent(_ share: Double) -> String {
  let tenths = Int((abs(share) * 1000).rounded())
  return (share < 0 && tenths > 0 ? "−" : "") + "\(tenths / 10).\(tenths % 10) %"
}

/// Two masks side by side, and a row of bars for each run.
private struct Drawing {
  private static let (positions, channels, cell) = (24, 52, 6)
  private static let rate: Float = 0.3
  private static let (top, row) = (230, 20)
  private static let columns = ["insertions cut", "letters cut", "clean unchanged", "loss"]
  private static let bar = 72.0

  let rows: [Outcome]

  init(_ rows: [Outcome]) { self.rows = rows }

  var svg: String {
    let height = Self.top + 20 + Self.row * rows.count
    var svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 \(height)\" font-family=\"sans-serif\" "
      + "font-size=\"12\">\n<title>Standard and spatial dropout of a latent, and what noise does to a denoiser"
      + "</title>\n<rect width=\"720\" height=\"\(height)\" fill=\"#fff\"/>\n"
    let ones = Tensor(
      [Float](repeating: 1, count: Self.positions * Self.channels),
      [1, Self.positions, Self.channels])
    let mode = { Mode.training(Random(seed: 1)) }
    svg += mask(
      "standard dropout: one draw for each value", dropout(ones, Self.rate, mode()), at: 24)
    svg += mask(
      "spatial dropout: one draw for each channel",
      spatialDropout(ones, channels: -1, Self.rate, mode()), at: 384)
    for (number, title) in Self.columns.enumerated() {
      svg +=
        "<text x=\"\(Self.left(number))\" y=\"\(Self.top)\" fill=\"#444\">\(title)</text>\n"
    }
    for (number, outcome) in rows.enumerated() { svg += bars(outcome, at: number) }
    return svg + "</svg>\n"
  }

  private static func left(_ column: Int) -> Int { 130 + 146 * column }

  /// Positions downwards, channels to the right; what is dropped is dark.
  private func mask(_ title: String, _ values: Tensor, at left: Int) -> String {
    var svg =
      "<text x=\"\(left)\" y=\"20\" fill=\"#444\">\(title), rate \(Self.rate)</text>\n"
    svg +=
      "<rect x=\"\(left)\" y=\"30\" width=\"\(Self.channels * Self.cell)\" "
      + "height=\"\(Self.positions * Self.cell)\" fill=\"#e8eef7\"/>\n<path fill=\"#1f5fbf\" d=\""
    for (index, value) in values.floats().enumerated() where value == 0 {
      let (x, y) = (
        left + index % Self.channels * Self.cell, 30 + index / Self.channels * Self.cell
      )
      svg += "M\(x) \(y)h\(Self.cell - 1)v\(Self.cell - 1)h-\(Self.cell - 1)z"
    }
    svg += "\"/>\n<text x=\"\(left)\" y=\"\(30 + Self.positions * Self.cell + 15)\" fill=\"#444\">"
    return svg + "channels →, positions ↓</text>\n"
  }

  private func bars(_ outcome: Outcome, at number: Int) -> String {
    let y = Self.top + 10 + Self.row * number
    var svg = "<text x=\"24\" y=\"\(y + 12)\" fill=\"#222\">\(outcome.name)</text>\n"
    let highest = rows.map(\.loss).max() ?? 1
    let values =
      outcome.shares.map { (share: $0, text: percent($0)) }
      + [(share: outcome.loss / highest, text: thousandths(outcome.loss))]
    for (column, value) in values.enumerated() {
      let x = Self.left(column)
      let width = Int((Self.bar * max(0, min(1, value.share))).rounded())
      svg +=
        "<rect x=\"\(x)\" y=\"\(y + 2)\" width=\"\(width)\" height=\"12\" fill=\"#78aef5\"/>"
        + "<text x=\"\(x + Int(Self.bar) + 6)\" y=\"\(y + 12)\" fill=\"#222\">\(value.text)</text>\n"
    }
    return svg
  }
}
