import SeqaeFiles

/// A hash of a model's weights and tokens, taken when it is asked for: vectors of models with different ones can't be compared.
struct ModelFingerprint {
  private let files: [MappedFile]

  /// Opens the files of a model.
  ///
  /// - Parameters:
  ///   - folder: its folder.
  ///   - tokens: the file of its tokens or words.
  /// - Throws: a `Failure` if one can't be read.
  init(_ folder: String, tokens: String = ModelFolder.tokenizerName) throws(Failure) {
    files = [
      try MappedFile(Path.join(folder, ModelFolder.weightsName)),
      try MappedFile(Path.join(folder, tokens)),
    ]
  }

  /// 16 hexadecimal digits. All of the files is read for them.
  var digits: String {
    var hash = FNV1a()
    for file in files {
      hash.add(number: file.bytes.count)
      hash.add(file.bytes)
    }
    withExtendedLifetime(files) {}
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
