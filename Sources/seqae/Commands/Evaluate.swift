import SeqaeFiles
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// `seqae evaluate`: figures for a model, or for another system's output.
struct Evaluate: Command {
  static let name = "evaluate"
  static let abstract = "Measure how well a model does its task."
  static let discussion = """
    denoise reads lines of a noisy and a clean text with a tab between, and repairs both. Errors are
    edit distances in code points, before and after the repair, as a share of the clean text; what is
    changed in a clean text is a false edit. --predictions scores another system: for each line of
    the data, its repairs of the noisy and of the clean text, with a tab between.

    noisebench spoils held-out lines of corpora with each of twenty noises at five rates and prints
    the share of the errors that repairs remove; broken is the share of the characters that the noise
    had left right and the repair has lost. --export writes the sets, a file of noisy and clean lines
    for each language, noise and rate, and one for each language whose noisy lines are the clean ones;
    --predictions scores another system by a folder that has for each of these files, NAME.tsv, its
    repairs of the noisy lines, NAME.txt.

    calibration repairs the noisy lines of denoise and sorts all edits, however unsure, by their
    confidence: right is the share of those that take away nothing but what was too much and write
    nothing but what was missing. --plot draws it.

    clean sorts held-out lines by what they have that looks like noise, such as numbers, names,
    addresses or doubled characters, and counts those that come back unchanged.

    detection spoils held-out lines with noises that put wrong characters in, at 10 %, and measures how
    well a detector of train electra tells these from others: the area under its curve, and precision,
    recall and F1 of what it names. Beside it stands the repairer by what it is unsure of, both where
    they name one of 1,000 clean characters. left is the share of the wrong characters that the
    repairer leaves, found the share of those that the detector names.

    spelling reads files of sentences with wrong characters and what they should be, a tab between, as
    many characters in one as in the other, and prints for each how many sentences had all their
    mistakes found, and no others, and how many came out right: precision is the share of those that
    were changed, recall of those with mistakes. By the bake-off's F1, which is pycorrector's too, a
    sentence with mistakes that comes out wrong counts against recall alone; false positives are the
    share of the right sentences that were changed. --predictions scores another system's sentences, a
    line each.

    bleu scores lines of a text and what it should be, a tab between, or several such: n-grams that are
    right, as sacreBLEU counts them, to the last digit. The last line is its signature. With
    --predictions the texts are lines of that file, and --data has what they should be alone.

    translation scores the same lines by BLEU, chrF and chrF++ (n-grams of characters, and of words) and
    TER (the share of the words to edit or shift: lower is better), as sacreBLEU does, to the last digit,
    with a signature each. --ter-normalized --ter-asian-support makes each Chinese character a word.
    Of pairs, FILE:1,2 or --source and --target, a model of train translator writes the texts first.

    rouge scores summaries by ROUGE-1, ROUGE-2 and ROUGE-L, as rouge-score does, to the last digit: means
    over the lines of what they share with the best of their references. --units stems takes endings
    off English words, --units characters counts Chinese by characters. Of pairs, FILE:TEXT,SUMMARY, a
    model of train summarizer writes the summaries first; lead is what each text's first sentence
    would score in their place. Of the pairs of a corpus --split test takes those that no model of the
    project was trained on, by --splits.

    probe asks how well the classes of texts can be told by a plane through the mean states that the
    encoder of a rewriter or a denoiser has for them, with the encoder as it is: logistic regression on
    tab-separated lines, texts in the column that --data names and classes in that of --labels.

    vae measures a model with sentence codes on texts, a line each, or FILE:CLASS,TEXT for one that is
    told classes: in nats a text what reconstruction costs, the divergence (kl), their negative sum
    (elbo), and −log p (nll) by importance sampling with the standard error of the draws; perplexities
    of a word, the end of a text counted as one, and of a token; the mutual information of texts and
    codes, active units, and of a VQ-VAE, whose kl is −log p of its codes, the share of the codebook
    that is used and its perplexity; of what is written from the codes BLEU (--tokenize), and the share
    that comes back byte for byte. With --inference-steps N it also gives each text a posterior of its
    own, by N steps of Adam from the encoder's on: amortization_gap is what the bound wins by that, at
    the same draws, approximation_gap what it still misses of log p. lm measures a language model in
    the same terms.

    classifier asks for the classes of the test texts of corpora FILE:CLASS,TEXT: how many a model of
    train classifier names rightly, the mean over the classes of F1, and how often which is taken for
    which. With --method it compares others, which learn from shares of the texts for training, of each
    class as much: naive-bayes counts words or characters in each class, logistic is regression on the
    same counts, and bayes-lm takes the class of which a model of train cvae (--model) finds the text
    most probable, whatever the share.

    cluster asks how well clusters of texts, in the column that --data names, agree with their classes, in
    that of --labels: the clusters of a run of train vade or dec, those of k-means on any model's
    codes, and those of k-means on TF-IDF, as many as there are classes: normalized mutual
    information, the share of the texts in the cluster that stands for their class, no two clusters
    for one (Hungarian algorithm), and the adjusted Rand index.

    sts asks how far an embedder's cosines go together with people's scores of pairs of sentences:
    Spearman's and Pearson's correlation, for each file of lines with two sentences and a score, a tab
    between, or with the columns of the STS benchmark.

    distance asks how far noise moves texts in a model's space of codes, or in an embedder's of vectors: of
    pairs as denoise takes them it ranks the clean text among the clean texts of all pairs by its distance
    from the noisy one: the distance as a share of that to the others, the median rank, the mean of
    1/rank, and the share of ranks 1 and up to 10; the spread of the distances of clean texts, their
    deviation over their mean; and, of models that write, what the clean text costs in nats, written from
    its own code and from that of the noisy one. --pair '中，，，，国' '中国' measures one pair by itself too,
    in the same space.

    retrieval ranks the documents of a folder for its queries, by --method, and judges the rankings as
    trec_eval does: nDCG@10, the mean average precision, the mean of 1/rank of the first relevant
    document, and recall@100. The folder is one of BEIR's (corpus.jsonl, queries.jsonl, qrels/test.tsv)
    or a SMART collection (Cranfield, CISI, MED). dense, bm25 and hybrid are those of seqae search, tfidf
    and tfidf-dot the cosine and the inner product of TF-IDF weights, lsa the cosine of these along
    --dimensions directions (latent semantic analysis). hamming counts the bits that differ between the
    codes of whole documents and of queries: of a run of train bow with binary=true, or the signs of any
    model's vectors. --compare sets another method beside it, with the p of a paired randomization test;
    --noise spoils the queries at each --noise-rate.
    """
  static let example = [
    "$ seqae noise --data corpus.txt --split test --pairs > pairs.tsv",
    "$ seqae evaluate denoise --data pairs.tsv",
  ]

  /// What is measured.
  enum Task: String, ArgumentChoice {
    case denoise, noisebench, clean, calibration, detection, spelling, bleu, translation, rouge
    case probe, vae, lm, classifier, cluster, distance, retrieval, sts

    /// The options that change something, beside those of all tasks.
    var options: Set<String> {
      switch self {
      case .denoise: ["--predictions", "--min-confidence"]
      case .noisebench:
        ["--encoding", "--predictions", "--export", "--splits", "--limit", "--min-confidence"]
      case .clean: ["--encoding", "--splits", "--limit", "--min-confidence"]
      case .calibration: ["--plot"]
      case .detection: ["--encoding", "--splits", "--limit", "--detector"]
      case .spelling: ["--predictions", "--split", "--splits", "--min-confidence"]
      case .bleu: ["--predictions", "--tokenize"]
      case .translation:
        Set(
          ["--predictions", "--tokenize", "--beam", "--to", "--split", "--splits"]
            + AlignedFiles.options
            + Task.editOptions.map(\.name))
      case .rouge:
        Set(["--predictions", "--units", "--beam", "--split", "--splits"] + AlignedFiles.options)
      case .probe: ["--encoding", "--labels", "--test", "--baselines"]
      case .vae: ["--encoding", "--limit", "--draws", "--tokenize", "--inference-steps", "--seed"]
      case .lm: ["--encoding", "--limit"]
      case .classifier:
        ["--encoding", "--splits", "--method", "--labels-share", "--terms", "--draws"]
      case .cluster: ["--encoding", "--labels", "--terms"]
      case .distance: ["--pair"]
      case .retrieval:
        [
          "--method", "--compare", "--metric", "--keywords", "--terms", "--noise", "--noise-rate",
          "--repair", "--dimensions",
        ]
      case .sts: []
      }
    }

    /// The shipped model that is measured if none is named; nil where there is none of the kind.
    var standardModel: String? {
      switch self {
      case .denoise, .noisebench, .clean, .calibration, .detection, .spelling, .probe: "denoiser"
      case .distance, .sts: "embedder"
      case .vae, .lm, .classifier, .cluster, .retrieval, .bleu, .translation, .rouge: nil
      }
    }

    /// What may be done to texts for TER, by sacreBLEU's names.
    static let editOptions: [(name: String, option: TER.Options, help: String)] = [
      ("--ter-normalized", .normalized, "set marks apart for TER"),
      ("--ter-no-punct", .noPunctuation, "leave marks out for TER"),
      (
        "--ter-asian-support", .asianSupport,
        "let these two take Chinese characters for words, and full-width marks for marks"
      ),
      ("--ter-case-sensitive", .caseSensitive, "let upper and lower case differ for TER"),
    ]

    /// The options of some tasks only.
    static var allOptions: [String] { Set(allCases.flatMap(\.options)).sorted() }
  }

  /// A part of the held-out sentences.
  enum Part: String, ArgumentChoice {
    case test, development
  }

  let task: Task
  let data: Corpora
  let aligned: AlignedFiles
  let beam: Int
  let target: String?
  let predictions: String?
  let export: String?
  let plot: String?
  let part: Part?
  let splits: String?
  let limit: Int
  let minimumConfidence: Double?
  let precision: WeightPrecision?
  let detector: String?
  let labels: Int?
  let test: String?
  let showsBaselines: Bool
  let draws: Int
  let inferenceSteps: Int
  let seed: Int
  let pair: [String]
  let methods: [EvaluatedMethod]
  let compared: EvaluatedMethod?
  let metric: VectorMetric
  let keywords: KeywordTerms
  let noises: [BenchNoise]
  let noiseRates: [Double]
  let repair: QueryRepair
  let dimensions: Int
  let shares: [Double]
  let terms: TermKind
  let tokenizer: BLEUTokenizer
  let editOptions: TER.Options
  let units: ROUGEUnits
  let model: ModelLocation
  let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    task = try arguments.choice(
      "TASK", placeholder: .denoise, help: Task.list)
    data = try Corpora(
      &arguments,
      help: "the lines to measure on; for the benchmarks corpora, else those of the shipped model")
    aligned = try AlignedFiles(&arguments)
    beam = try WritingOptions.width(&arguments)
    target = try arguments.option(
      "--to", "LANG", standard: "the one that the model writes, or the text is not in",
      help: "the language to translate to")
    predictions = try arguments.option(
      "--predictions", "PATH", help: "score these repairs, in place of a model's")
    export = try arguments.option(
      "--export", "DIR", help: "write the sets of noisebench, and measure nothing")
    plot = try arguments.option(
      "--plot", "FILE", help: "draw the calibration: a reliability diagram, SVG")
    part = try arguments.optionalChoice(
      "--split", "PART", standard: "all",
      help: "of spelling, translation and rouge, which held-out part alone: test or development")
    splits = try arguments.option(
      "--splits", "FILE", standard: "the program's own",
      help: "what is held out of the corpora")
    limit = try arguments.option(
      "--limit", "N", default: 200, within: 1...1_000_000,
      help: "how many lines of each language, category or corpus a benchmark, vae or lm takes")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "the model's own",
      help: "make all edits, and only those, that the model finds so probable")
    precision = try arguments.optionalChoice(
      "--precision", "P",
      standard: "int8 if the weights are, else this processor's fastest; of sts float32",
      help: "float32, bfloat16 or int8: what products are computed in")
    detector = try arguments.option(
      "--detector", "DIR", help: "the run of train electra that detection measures")
    labels = try arguments.option(
      "--labels", "COLUMN", within: 1...1000,
      help: "the column of the classes of probe and cluster, from 1")
    test = try arguments.option(
      "--test", "FILE:COLUMN", standard: "a fifth of the data, by its hash",
      help: "what probe asks about")
    showsBaselines = try arguments.flag(
      "--baselines",
      help: "let probe tell by a bag of tokens and by the untrained encoder too")
    draws = try arguments.option(
      "--draws", "K", default: 100, within: 1...100_000,
      help: "how many codes of each text vae or bayes-lm draws to find its probability")
    inferenceSteps = try arguments.option(
      "--inference-steps", "N", default: 0, within: 0...1_000_000,
      help: "the steps by which vae looks for a posterior of each text alone; 0 for none")
    seed = try arguments.option(
      "--seed", "S", default: 0, within: 0...Int.max, help: "what the draws of vae depend on")
    pair = try arguments.options(
      "--pair", "TEXT", help: "a noisy and a clean text that distance measures by themselves too")
    guard pair.isEmpty || pair.count == 2 else {
      throw Failure(
        .usage,
        "--pair: expected a noisy and a clean text, found \(pair.count) (seqae evaluate --help)")
    }
    methods = try arguments.choices(
      "--method", "NAME",
      help:
        "of classifier, naive-bayes, logistic or bayes-lm, in place of a model; of retrieval, dense, "
        + "bm25, hybrid, tfidf, tfidf-dot, lsa or hamming")
    compared = try arguments.optionalChoice(
      "--compare", "NAME", standard: "nothing", help: "a method of retrieval to set beside it")
    metric = try arguments.option(
      "--metric", "NAME", default: .cosine, help: "cosine or dot: how dense compares vectors")
    keywords = try arguments.option(
      "--keywords", "KIND", default: .both,
      help: "what bm25 counts: words, characters in a row, or both")
    noises = try arguments.choices(
      "--noise", "KIND", help: "spoil the queries of retrieval, as noisebench does")
    noiseRates = try arguments.numbers(
      "--noise-rate", "R", within: 0...1, standard: "0.1", help: "how much of it")
    repair = try arguments.option(
      "--repair", "WHEN", default: .auto, help: "auto or off: whether hybrid repairs queries")
    dimensions = try arguments.option(
      "--dimensions", "K", default: 128, within: 1...65536, help: "how many directions lsa has")
    shares = try arguments.numbers(
      "--labels-share", "S", within: 1e-6...1, standard: "1",
      help: "the shares of the labelled texts that these learn from")
    terms = try arguments.option(
      "--terms", "KIND", default: .words,
      help: "what these and TF-IDF count: words, or one and two characters in a row")
    tokenizer = try arguments.option(
      "--tokenize", "WORDS", default: .mteval13a,
      help:
        "what a word of bleu, of translation's and of vae's is, as sacreBLEU names it: 13a, zh, char "
        + "or none")
    var editOptions: TER.Options = []
    for (name, option, help) in Task.editOptions where try arguments.flag(name, help: help) {
      editOptions.insert(option)
    }
    self.editOptions = editOptions
    units = try arguments.option(
      "--units", "KIND", default: .words,
      help: "what rouge compares: words, their stems, or characters of Chinese")
    model = try ModelLocation(
      &arguments, default: task.standardModel,
      described: "denoiser, of distance and sts embedder; none for tasks of other models")
    common = try CommonOptions(&arguments)
    try arguments.refuse(
      ["--min-confidence", "--precision", ModelLocation.option], when: predictions != nil,
      "with --predictions")
    try arguments.refuse(
      ["--precision"],
      when: [.vae, .lm, .classifier, .cluster, .distance, .retrieval].contains(task),
      "with the task \(task.rawValue)")
    var areWritten = task == .bleu
    if [.translation, .rouge].contains(task) { areWritten = try pairs() == nil }
    try arguments.refuse(
      [ModelLocation.option, "--beam", "--to", "--precision"], when: areWritten,
      "with the task \(task.rawValue) of texts that are written already")
    try arguments.refuse(
      ["--predictions"], when: [.translation, .rouge].contains(task) && !areWritten,
      "with pairs of which the model writes")
    try arguments.refuse(
      Task.allOptions.filter { !task.options.contains($0) }, when: true,
      "with the task \(task.rawValue)")
    try arguments.refuse(
      ["--ter-asian-support"], when: editOptions.isDisjoint(with: [.normalized, .noPunctuation]),
      "without --ter-normalized or --ter-no-punct")
    try arguments.refuse(
      ["--labels-share", "--terms"], when: task == .classifier && methods.isEmpty,
      "without --method")
    try arguments.refuse(
      ["--draws"], when: task == .classifier && !methods.contains(.bayesLM),
      "without --method bayes-lm")
    try arguments.refuse(
      [ModelLocation.option],
      when: task == .classifier && !methods.isEmpty && !methods.contains(.bayesLM),
      "with methods that need no model")
    try arguments.refuse(
      ["--splits"], when: task.options.contains("--split") && part == nil, "without --split")
    try arguments.refuse(["--noise-rate"], when: noises.isEmpty, "without --noise")
    try EvaluatedMethod.require(methods + (compared.map { [$0] } ?? []), for: task)
    try refuseUnread(arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    switch task {
    case .denoise: try evaluateDenoising()
    case .noisebench: try evaluateNoiseBench()
    case .clean: try evaluateCleanBench()
    case .calibration: try evaluateCalibration()
    case .detection: try evaluateDetection()
    case .spelling: try evaluateSpelling()
    case .bleu: try evaluateBLEU()
    case .translation: try evaluateTranslation()
    case .rouge: try evaluateSummaries()
    case .probe: try evaluateProbe()
    case .vae: try evaluateLatent()
    case .lm: try evaluateLanguageModel()
    case .classifier: try evaluateClassifier()
    case .cluster: try evaluateClusters()
    case .distance: try evaluateDistance()
    case .retrieval: try evaluateRetrieval()
    case .sts: try evaluateSentencePairs()
    }
    return .done
  }

  func repairer() throws(Failure) -> ([[UInt8]]) -> [[UInt8]] {
    let model = try TextRepairers.load(try model.folder())
    return {
      model.repair($0, minimumConfidence: minimumConfidence, precision: precision).map(\.text)
    }
  }

  /// Metrics as members of an object, counts as whole numbers.
  static func object(_ metrics: [Metric]) -> JSON {
    .object(
      JSONObject(
        metrics.map { metric in
          let isCount = metric.value == metric.value.rounded() && metric.value.magnitude < 1e15
          return (
            key: ByteString(metric.name),
            value: isCount ? .integer(Int(metric.value)) : .number(metric.value)
          )
        }))
  }

  /// The part of the data that is measured on; nil for all.
  func selection() throws(Failure) -> Splits.Selection? {
    guard let part else { return nil }
    return Splits.Selection(
      part == .test ? .test : .development, of: try HeldOut.splits(splits))
  }

  func corpora() throws(Failure) -> [CorpusSource] {
    data.isEmpty ? try DenoiserRecipe.defaultData() : try data.sources()
  }
}
