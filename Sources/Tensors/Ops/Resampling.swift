/// How images become larger.
public enum Upsampling: Equatable, Sendable {
  /// Each pixel takes the value of the one that it falls on: unpooling by copying into every cell.
  case nearest
  /// Each pixel is the mean of the four around it, by their nearness. Pixels are areas unless corners are
  /// aligned: then they are points, and the outermost keep their values.
  case bilinear(alignsCorners: Bool)
}

/// Returns images in another size, as PyTorch's `interpolate` does. dx gathers dy with the same weights.
///
/// - Parameters:
///   - x: images [B, C, H, W].
///   - size: H′ × W′.
///   - upsampling: how pixels between pixels are made.
/// - Returns: [B, C, H′, W′].
public func upsample(_ x: Tensor, to size: Extent, _ upsampling: Upsampling = .nearest) -> Tensor {
  precondition(
    x.shape.rank == 4 && x.shape[2] > 0 && x.shape[3] > 0 && size.height > 0 && size.width > 0,
    "upsample: images \(x.shape) to \(size)")
  return resampled(
    x, rows: Mixture(x.shape[2], size.height, upsampling),
    columns: Mixture(x.shape[3], size.width, upsampling))
}

/// Returns images with each pixel copied into every cell of a block: `upsample` by whole factors.
public func upsample(_ x: Tensor, by factor: Extent, _ upsampling: Upsampling = .nearest) -> Tensor
{
  upsample(x, to: Extent(x.shape[2] * factor.height, x.shape[3] * factor.width), upsampling)
}

/// Returns images whose every pixel is a weighted sum of those of x. dx is the sum with the weights' matrices
/// transposed.
func resampled(_ x: Tensor, rows: Mixture, columns: Mixture) -> Tensor {
  let y = x.backend.resample(x.detached(), rows: rows, columns: columns)
  return .recorded([x], y) { dy, into in
    into.add(0, dy.backend.resample(dy, rows: rows.transposed, columns: columns.transposed))
  }
}

/// Of which places along an axis each place of another axis is the weighted sum: a matrix with few elements
/// in a row.
package struct Mixture: Equatable, Sendable {
  /// A place and how much of it there is.
  package struct Term: Equatable, Sendable {
    package let place: Int
    package let weight: Double
  }

  /// The number of places that are mixed.
  package let size: Int
  /// What each result is made of, in order of places.
  package let terms: [[Term]]

  /// Creates a mixture of `size` places.
  package init(_ size: Int, _ terms: [[Term]]) {
    self.size = size
    self.terms = terms
  }

  /// The mixture in which a place has of each result what that has of the place.
  package var transposed: Mixture {
    var result = [[Term]](repeating: [], count: size)
    for (index, terms) in terms.enumerated() {
      for term in terms { result[term.place].append(Term(place: index, weight: term.weight)) }
    }
    return Mixture(terms.count, result)
  }

  /// The mixture that makes `results` places of `size`.
  init(_ size: Int, _ results: Int, _ upsampling: Upsampling) {
    self.init(
      size,
      (0..<results).map { index in
        switch upsampling {
        case .nearest: return [Term(place: index * size / results, weight: 1)]
        case .bilinear(let alignsCorners):
          let aligned = results > 1 ? Double(index * (size - 1)) / Double(results - 1) : 0
          let centred = (Double(index) + 0.5) * Double(size) / Double(results) - 0.5
          let place = min(max(0, alignsCorners ? aligned : centred), Double(size - 1))
          let first = Int(place)
          let share = place - Double(first)
          if share == 0 { return [Term(place: first, weight: 1)] }
          return [
            Term(place: first, weight: 1 - share), Term(place: first + 1, weight: share),
          ]
        }
      })
  }
}
