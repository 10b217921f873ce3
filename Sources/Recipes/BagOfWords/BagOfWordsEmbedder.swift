import SeqaeFiles
import SeqaeModels
import SeqaeRetrieval

/// The codes of an autoencoder of bags of words as vectors of texts.
///
/// Binary codes are vectors of 1 and −1, so that the inner product of two of Z bits is Z − 2 H and their cosine 1 − 2 H / Z, H being
/// in how many bits they differ: the product ranks by the Hamming distance, and so does the cosine, but for rounded ties. A text of which no word is counted has
/// the code of nothing, what the network makes of zeros, as an empty text has.
public struct BagOfWordsEmbedder: TextEmbedder {
  private let directory: BagOfWordsDirectory

  /// A hash of weights and words.
  public let fingerprint: String
  /// The size of a code.
  public var dimensions: Int { directory.model.configuration.code }

  // So many texts are computed side by side.
  private static let block = 256

  /// Loads a model.
  ///
  /// - Parameter folder: its folder.
  /// - Throws: `Failure(.missingInput)` or `Failure(.data)`, as `BagOfWordsDirectory.load` does.
  public init(_ folder: String) throws(Failure) {
    directory = try BagOfWordsDirectory.load(folder)
    let files = try ModelFingerprint(folder, tokens: BagOfWordsDirectory.vocabularyName)
    fingerprint = "bow-\(files.digits)-\(directory.reader.input.rawValue)"
  }

  public func embed(_ texts: [[UInt8]]) throws(Failure) -> [[Float]] {
    let vectors = directory.codes(of: texts, block: Self.block)
    if let wrong = vectors.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw Failure(
        .data,
        "the code of text \(wrong + 1) of \(texts.count) holds NaN or infinity: the model's weights are "
          + "damaged")
    }
    return vectors
  }
}

extension BagOfWordsDirectory {
  /// Returns the code of each text: numbers as they are, bits as 1 and −1.
  func codes(of texts: [[UInt8]], block: Int) -> [[Float]] {
    let configuration = model.configuration
    let size = configuration.code
    var vectors: [[Float]] = []
    for start in stride(from: 0, to: texts.count, by: block) {
      let bags = texts[start..<min(texts.count, start + block)].map { reader($0) }
      let values = model.encode(model.inputs(bags)).floats()
      for row in bags.indices {
        let code = values[row * size..<(row + 1) * size]
        vectors.append(
          configuration.bitNoise == nil
            ? Array(code) : code.map { $0.isNaN ? $0 : $0 > 0 ? 1 : -1 })
      }
    }
    return vectors
  }
}
