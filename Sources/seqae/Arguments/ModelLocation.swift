import Glibc
import SeqaeFiles

/// Where the model is that a person named.
struct ModelLocation {
  /// The option that names it.
  static let option = "--model"

  /// The variable whose folder replaces the places where shipped models are looked for.
  static let variable = "SEQAE_MODELS"

  // The variable that stands in for the option.
  private static let fallback = "SEQAE_MODEL"

  /// What a person named, on the command line or in the environment.
  let given: String?
  private let standard: String?

  /// Reads `--model`.
  ///
  /// - Parameters:
  ///   - arguments: What the verb was given.
  ///   - standard: The shipped model that is used if none is named; nil where one must be.
  ///   - description: What the help says of it, where it depends on other arguments.
  /// - Throws: `Failure(.usage)`.
  init(
    _ arguments: inout Arguments, default standard: String?, described description: String? = nil
  ) throws(Failure) {
    self.standard = standard
    given = try arguments.common { arguments throws(Failure) in
      try arguments.option(
        Self.option, "DIR|NAME", standard: description ?? standard, variable: Self.fallback,
        help: "the model's folder, or the name of a shipped model")
    }
  }

  /// Finds the model's folder; the standard one among the shipped models only.
  func folder() throws(Failure) -> String {
    if let given { return try Self.folder(named: given) }
    guard let standard else {
      throw Failure(
        .usage, "expected \(Self.option) DIR|NAME, the model's folder, or \(Self.fallback) with it")
    }
    return try Self.shipped(standard)
  }

  /// Finds the folder of a model by what a person calls it.
  ///
  /// A folder is taken as it is. A name is looked for among the shipped models: in the folder that
  /// SEQAE_MODELS names, else in `Models/` of what came with the program.
  static func folder(named name: String) throws(Failure) -> String {
    if Path.isDirectory(name) { return name }
    guard !Path.isRegularFile(name) else {
      throw Failure(
        .missingInput, "\(name): expected a folder, found a file: give that of a model or of a run")
    }
    return try shipped(name)
  }

  private static func shipped(_ name: String) throws(Failure) -> String {
    guard !name.utf8.contains(UInt8(ascii: "/")) else {
      throw Failure(.missingInput, "\(name): no such folder: give that of a model or of a run")
    }
    let places = shippedPlaces()
    for place in places where Path.isDirectory(Path.join(place, name)) {
      return Path.join(place, name)
    }
    let searched = places.isEmpty ? "nowhere" : places.joined(separator: ", ")
    let names = Set(places.flatMap(models)).sorted()
    let remedy =
      names.isEmpty
      ? "give a model's folder, or set \(variable)"
      : "there are \(names.joined(separator: ", ")); or give a model's folder"
    throw Failure(
      .missingInput, "no model \(ByteString(name).quoted): looked in \(searched): \(remedy)")
  }

  /// The models in a folder; none if it can't be read.
  private static func models(in folder: String) -> [String] {
    ((try? Path.list(folder)) ?? []).filter { Path.isDirectory(Path.join(folder, $0)) }
  }

  private static func shippedPlaces() -> [String] {
    if let value = getenv(variable), value.pointee != 0 { return [String(cString: value)] }
    return ShippedFiles.folders().map { Path.join($0, "Models") }
  }
}
