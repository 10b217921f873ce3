import Glibc
import SeqaeRandom

extension Random {
  /// Returns an element drawn uniformly; `list` must not be empty.
  package func element<Element>(of list: [Element]) -> Element { list[integer(below: list.count)] }

  /// Returns an element drawn in proportion to its weight; one weight must be positive.
  package func element<Element>(of list: [Element], weights: [Double]) -> Element {
    var rest = uniform() * weights.reduce(0, +)
    var chosen = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      chosen = index  // rounding may leave a rest after the last: then the last it is
      rest -= weight
      if rest < 0 { break }
    }
    return list[chosen]
  }

  /// Returns a number drawn uniformly from `range`.
  package func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }

  /// Returns an integer drawn from the Poisson distribution of a mean, at most a few hundred.
  ///
  /// Knuth, *The Art of Computer Programming*, volume 2, §3.4.1: as many uniform factors as keep their
  /// product above e^−mean.
  package func poisson(_ mean: Double) -> Int {
    let limit = exp(-mean)
    var product = uniform()
    var count = 0
    while product > limit {
      product *= uniform()
      count += 1
    }
    return count
  }

  /// Returns an integer drawn uniformly from `range`.
  package func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + integer(below: range.count)
  }
}
