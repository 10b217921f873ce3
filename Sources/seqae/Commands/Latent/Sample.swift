import SeqaeFiles
import SeqaeRecipes

/// `seqae sample`: texts that a model makes up.
struct Sample: Command {
  static let name = "sample"
  static let abstract = "Draw texts from a VAE: codes from its prior, then tokens."
  static let discussion = """
    A draw depends on its number and the seed alone, so that more of them begin with the same ones.
    With --json each result is {"text"}.
    """
  static let example = [
    "$ seqae sample --model runs/vae --count 2 --seed 7",
    "a man in a blue shirt is standing on a street .",
    "two dogs are running in the grass .",
  ]

  private static let block = 64

  private let count: Int
  private let temperature: Double
  private let seed: Int
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    count = try arguments.option(
      "--count", "N", default: 1, within: 1...1_000_000_000, help: "how many")
    temperature = try arguments.option(
      "--temperature", "T", default: 1, within: 0...100,
      help:
        "of the tokens: the higher, the more freely they are drawn; 0 for the most probable ones")
    seed = try arguments.option(
      "--seed", "S", default: 0, within: 0...Int.max, help: "decides what is drawn")
    options = try LatentOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    let work = try options.work()
    for start in stride(from: 0, to: count, by: Self.block) {
      let texts = try work.texts.samples(
        start..<min(count, start + Self.block), label: work.label, seed: seed,
        temperature: temperature)
      for text in texts { try work.write(text, [:]) }
      try Output.standard.flush()
    }
    return .done
  }
}
