import CKernels

/// Runs `body` for each index in 0 ..< `count` on the pool's threads and returns its results.
@discardableResult
func inParallel<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
  [Result](unsafeUninitializedCapacity: count) { results, filled in
    let base = results.baseAddress
    withoutActuallyEscaping({ base?.advanced(by: $0).initialize(to: body($0)) }) { body in
      var body: (Int) -> Void? = body
      withUnsafeMutablePointer(to: &body) { context in
        ck_parallel(
          count,
          { context, index in
            context?.assumingMemoryBound(to: ((Int) -> Void?).self).pointee(index)
          }, context)
      }
    }
    filled = count
  }
}
