/// The targets that a Package.swift declares for the house, and what each depends on.
struct ManifestReader {
  /// Dependencies by target.
  private(set) var targets: [String: Set<String>] = [:]

  /// Reads the calls of `module`, `.target`, `.executableTarget` and `.systemLibrary` whose names
  /// are spelled out; those that lie elsewhere, as in `Tests` or `Scripts`, do not count.
  init(_ text: String) {
    let code = Checkout.withoutComments(text)
    for match in code.matches(of: /module\(\s*"(\w+)",\s*(zlib|\[[^\]]*\])/) {
      let dependencies = match.output.2
      targets["Seqae\(match.output.1)"] =
        dependencies == "zlib" ? ["CZlib"] : Self.names(in: dependencies)
    }
    let call =
      /\.(?:target|executableTarget|systemLibrary)\(\s*name:\s*"(\w+)"([^)]*?)path:\s*"(\w+)[\/"]/
    for match in code.matches(of: call) where House.grounds.contains(String(match.output.3)) {
      targets[String(match.output.1)] = Self.names(in: match.output.2)
    }
  }

  private static func names(in text: Substring) -> Set<String> {
    Set(text.matches(of: /"(\w+)"/).map { String($0.output.1) })
  }
}
