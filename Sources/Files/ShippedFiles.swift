/// The files that come with the program: models, and what is held out of corpora.
///
/// They keep the names that they have in a checkout: `Models/denoiser`, `Scripts/splits.json`.
package enum ShippedFiles {
  /// The folders that may hold them, the first to be asked first.
  ///
  /// - Returns: `share/seqae` beside the folder of the program, and the checkout in whose `.build` the
  ///   program lies; nothing if the system does not say where it lies.
  package static func folders() -> [String] {
    Path.executablePath.map { folders(of: $0) } ?? []
  }

  /// The folders that may hold the files of a program that lies elsewhere.
  ///
  /// What was installed is asked first: a prefix may lie in a checkout. A program that was built, not
  /// installed, has no `share/seqae` beside it.
  ///
  /// - Parameter program: The program's path, from the root and without links.
  /// - Returns: The folders; the first one need not be there.
  package static func folders(of program: String) -> [String] {
    let home = Path.directory(program)
    let installed = Path.join(Path.directory(home), "share/seqae")
    return [installed] + (checkout(above: home).map { [$0] } ?? [])
  }

  /// The checkout in whose `.build` a folder lies; a manifest tells it from other folders.
  private static func checkout(above folder: String) -> String? {
    var folder = folder
    while folder != "/", folder != "." {
      let above = Path.directory(folder)
      if Path.lastComponent(folder) == ".build", Path.exists(Path.join(above, "Package.swift")) {
        return above
      }
      folder = above
    }
    return nil
  }
}
