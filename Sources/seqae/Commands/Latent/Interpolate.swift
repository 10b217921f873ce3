import SeqaeFiles
import SeqaeRecipes

/// `seqae interpolate`: the texts between two texts.
struct Interpolate: Command {
  static let name = "interpolate"
  static let abstract = "Write the texts on the straight line between the codes of two texts."
  static let discussion = """
    The first and the last are the reconstructions of both. With --json each result is
    {"share","text"}, with how much of the way has been gone.
    """
  static let example = [
    "$ seqae interpolate --model runs/vae --steps 3 'a dog runs' 'two men are standing'",
    "a dog runs",
    "a man is running",
    "two men are standing",
  ]

  private let first: String
  private let second: String
  private let steps: Int
  private let choice: TokenChoice
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    first = try arguments.word("A", help: "the first text")
    second = try arguments.word("B", help: "the last text")
    steps = try arguments.option(
      "--steps", "N", default: 7, within: 2...100_000, help: "how many texts, both ends included")
    choice = try TokenChoice(&arguments)
    options = try LatentOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    let work = try options.work()
    let line = LatentTexts.line(
      from: work.code(of: first), to: work.code(of: second), steps: steps)
    for (number, text) in choice.texts(from: line, work).enumerated() {
      try work.write(text, ["share": .number(Double(number) / Double(steps - 1))])
    }
    return .done
  }
}
