import SeqaeFiles
import SeqaeModels
import SeqaeRecipes

/// `seqae traverse`: what one value of a code decides.
struct Traverse: Command {
  static let name = "traverse"
  static let abstract = "Move one value of a text's code at a time, and write what it becomes."
  static let discussion = """
    A line has the dimension, its value and the text, with tabs between. With --json each result is
    {"dimension","value","text"}.
    """
  static let example = [
    "$ seqae traverse --model runs/vae --dimensions 3 --steps 3 'a dog runs'",
    "3\t-3\ta dog is running",
    "3\t0\ta dog runs",
    "3\t3\ttwo dogs run",
  ]

  private let text: String
  private let dimensions: [String]
  private let lowest: Double
  private let highest: Double
  private let steps: Int
  private let choice: TokenChoice
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    text = try arguments.word("TEXT", help: "whose code is moved")
    dimensions = try arguments.options(
      "--dimensions", "D", help: "which values, from 0; all of them unless told otherwise")
    lowest = try arguments.option(
      "--from", "X", default: -3, within: -1e6...1e6, help: "the first value")
    highest = try arguments.option(
      "--to", "X", default: 3, within: -1e6...1e6, help: "the last value")
    steps = try arguments.option(
      "--steps", "N", default: 7, within: 2...100_000, help: "how many values")
    choice = try TokenChoice(&arguments)
    options = try LatentOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    let work = try options.work()
    let size = work.texts.size
    var chosen: [Int] = []
    for word in dimensions {
      guard let dimension = Int(word), (0..<size).contains(dimension) else {
        throw Failure(
          .usage,
          "--dimensions: expected numbers from 0 to \(size - 1), found \(ByteString(word).quoted)")
      }
      chosen.append(dimension)
    }
    let code = work.code(of: text)
    for dimension in chosen.isEmpty ? Array(0..<size) : chosen {
      let values = (0..<steps).map { step in
        lowest + (highest - lowest) * Double(step) / Double(steps - 1)
      }
      let codes = values.map { value in
        var moved = code
        moved.vector[dimension] = Float(value)
        return moved
      }
      for (value, text) in zip(values, choice.texts(from: codes, work)) {
        try write(dimension, value, text, work)
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func write(
    _ dimension: Int, _ value: Double, _ text: [UInt8], _ work: LatentWork
  ) throws(Failure) {
    guard !options.common.json else {
      return try work.write(text, ["dimension": .integer(dimension), "value": .number(value)])
    }
    let rounded = ((value * 1000).rounded() / 1000).argument
    try Output.standard.line(
      Array("\(dimension)\t\(rounded)\t".utf8) + oneLine(text, isColumn: true))
  }
}
