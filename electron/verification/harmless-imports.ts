export type ImportClass = 'usual' | 'unknown' | 'harmful';

/**
 * Imports that weights of the usual libraries need, `module.name`. What is not here is unknown, never assumed harmless,
 * and this list proves nothing: a name in it may still be put to a bad use.
 */
const usual: RegExp[] = [
  /^(builtins|__builtin__)\.(set|frozenset|list|dict|tuple|int|float|complex|bool|str|bytes|bytearray|slice|range|object|type|long|unicode|xrange|Ellipsis|NotImplemented)$/,
  /^collections\.(OrderedDict|defaultdict|deque|Counter|namedtuple|ChainMap)$/,
  /^(copyreg|copy_reg)\.(_reconstructor|__newobj__|__newobj_ex__)$/,
  /^_codecs\.encode$/,
  /^re\._compile$/,
  /^array\.(array|_array_reconstructor)$/,
  /^argparse\.Namespace$/,
  /^datetime\.(date|datetime|time|timedelta|timezone)$/,
  /^(decimal\.Decimal|fractions\.Fraction|uuid\.(UUID|SafeUUID)|pytz\._(UTC|p)|random\.Random|ipaddress\.IPv[46](Address|Network|Interface))$/,
  /^(zoneinfo\.ZoneInfo(\._unpickle)?|dateutil\.(relativedelta\.relativedelta|tz\.tz\.tz(utc|local|offset)))$/,
  /^(builtins|exceptions)\.(\w*(Error|Warning)|Exception|StopIteration)$/,
  /^numpy\.(ndarray|dtype|matrix|recarray|bool_?|str_|bytes_|void|object_|u?int(8|16|32|64|c|p)?|float(16|32|64|128|_)?|complex(64|128|_)?|datetime64|timedelta64|poly1d|dtypes\.[A-Z]\w*DType)$/,
  /^numpy\.(core|_core)\.(multiarray\.(_reconstruct|scalar)|numeric\._frombuffer|records\.(recarray|record)|_ufunc_reconstruct)$/,
  /^numpy\.(rec\.(recarray|record)|record|_core\._internal\._convert_to_stringdtype_kwargs)$/,
  /^numpy\.ma\.(core\.)?(_mareconstruct|MaskedArray|_mvoid|mvoid)$/,
  /^numpy\.polynomial\.[a-z]+\.[A-Z]\w*$/,
  /^numpy\.random\.(__\w+|_pickle\.__\w+|RandomState|Generator|_generator\.Generator|_mt19937\.MT19937|_pcg64\.PCG64(DXSM)?|_philox\.Philox|_sfc64\.SFC64|mtrand\.RandomState|bit_generator\.\w+)$/,
  /^(joblib|sklearn\.externals\.joblib)\.numpy_pickle(_compat)?\.(NumpyArrayWrapper|NDArrayWrapper|ZNDArrayWrapper)$/,
  /^torch\._utils\._rebuild_(tensor|tensor_v2|tensor_v3|parameter|parameter_with_state|qtensor|sparse_tensor|sparse_csr_tensor|device_tensor_from_numpy|meta_tensor_no_storage|nested_tensor|wrapper_subclass)$/,
  /^torch\._tensor\._rebuild_from_type(_v2)?$/,
  /^torch\.(\w*Storage|\w*Tensor|Size|device|dtype|Generator|float(16|32|64)?|double|half|bfloat16|u?int(8|16|32|64)|long|short|bool|complex(32|64|128)|float8_\w+|q?u?int(4x2|2x4|8|32)|per_(tensor|channel)_affine\w*|sparse_\w+|strided|contiguous_format|channels_last|preserve_format)$/,
  /^torch\.storage\.\w*Storage$/,
  /^torch\.nn\.parameter\.(Parameter|Buffer|UninitializedParameter)$/,
  /^torch\.nn\.modules\.[a-z_.]+\.[A-Z]\w*$/,
  /^torch\.(ao\.)?nn\.(quantized|intrinsic|qat)(\.[a-z_]+)*\.[A-Z]\w*$/,
  /^torch\.nn\.parallel\.data_parallel\.DataParallel$/,
  /^torch\.optim\.[a-z_]+\.[A-Z]\w*$/,
  /^torch\.serialization\._get_layout$/,
  /^__torch__(\.\w+)*$/,
  /^torchvision\.(models|ops)(\.[a-z_]\w*)*\.[A-Z]\w*$/,
  /^transformers\.(training_args(_seq2seq)?|trainer_utils|integrations\.deepspeed|trainer_pt_utils)\.[A-Z]\w*$/,
  /^accelerate\.(utils\.dataclasses|state)\.[A-Z]\w*$/,
  /^sklearn(\.[a-z_]\w*)*\.(_*[A-Z]\w*|__pyx_unpickle_\w+|get_loss_function|newCriterion|newObj)$/,
  /^scipy\.(sparse|spatial|interpolate|stats)(\.[a-z_]\w*)*\.([A-Z]\w*|(csr|csc|coo|bsr|dia|dok|lil)_(matrix|array)|\w+_gen|rv_\w+)$/,
  /^scipy\.optimize(\.[a-z_]\w*)*\.(OptimizeResult|Bounds|LbfgsInvHessProduct)$/,
  /^(numpy|scipy|pandas)(\.\w+)*\.__pyx_unpickle_\w+$|^scipy\.spatial\.ckdtree\.new_object$/,
  /^statsmodels\.tsa\.statespace\._[a-z_]+\.[cdsz][A-Z]\w*$/,
  // Cython names the module of the losses of scikit-learn 1.4 to 1.6 so.
  /^_loss\.(__pyx_unpickle_)?Cy[A-Z]\w*$/,
  /^pandas\.(arrays\.)?[A-Z]\w*$/,
  /^pandas\._libs(\.\w+)*\.(_?[A-Z]\w*|__pyx_unpickle_\w+|_?\w*unpickle\w*)$/,
  /^pandas\.core\.(frame|series|indexes\.\w+|internals\.\w+|arrays(\.\w+)+|dtypes\.\w+)\.(_?[A-Z]\w*|_new_\w*Index|new_block|make_block|_unpickle_block)$/,
  /^(xgboost|lightgbm|catboost)(\.[a-z_]\w*)*\.[A-Z]\w*$/,
];

/** Classes whose objects are made empty, and then given a state: no function of theirs is run with what the file holds. */
const made =
  /^(numpy|scipy|sklearn|pandas|statsmodels|imblearn|category_encoders|gensim\.(models|corpora|similarities)|nltk\.tokenize\.punkt|torch\.(nn|distributions|optim)|torchvision\.(models|ops|transforms)|timm\.(models|layers)|ultralytics\.nn\.(tasks|modules))(\.[a-z_]\w*)*\.\w+$|^torch\.ScriptObject$|^transformers\.(activations|pytorch_utils|generation\.configuration_utils|models\.\w+\.(modeling|configuration)_\w+)\.[A-Z]\w*$/;
/** The same in a part of torch that otherwise reaches the machine. */
const madeOfData = /^torch\.utils\.data\.(dataset|sampler)\.[A-Z]\w*$/;
/** Classes within classes, as trees of scipy are made of them. */
const within = /^scipy\.spatial\.kdtree\.KDTree\.(node|innernode|leafnode)$/;
/** Methods and members of classes that are kept, and not called. */
const keptWithin =
  /^(numpy|scipy|sklearn|pandas|statsmodels|imblearn|transformers|accelerate|torch\.(nn|optim))(\.[a-z_]\w*)*\.\w+\._?[A-Za-z]\w*$/;
/** What is kept as a setting (what to score by, what to transform with): harmless where nothing calls it. */
const kept =
  /^(numpy|scipy|sklearn|pandas|statsmodels|patsy|imblearn|gensim\.(models|corpora|similarities|matutils))(\.[a-z_]\w*)*\.\w+$|^(builtins|__builtin__)\.(hash|len|abs|min|max|sum|round|sorted)$|^gensim\.utils\.(call_on_class_only|identity)$|^torch\.nn\.functional\.[a-z_]\w*$|^torch\._C\._nn\.[a-z_]\w*$|^torch\.(relu|tanh|sigmoid|softmax|nn\.init\.[a-z_]+)$/;

/** Exceptions from what follows: they hold what they are given; of bytes to be loaded, those are looked at too. */
const holders =
  /^(torch\.storage\._load_from_bytes|pathlib(\._local)?\.(Pure)?(Posix|Windows)?Path|types\.SimpleNamespace|torch\.jit\._pickle\.(build_(int|tensor|double|bool)list|build_tensor_from_id|restore_type_tag))$/;

/** Names that no weight needs, in libraries that are otherwise usual. */
const powers =
  /^(builtins|__builtin__)\.(eval|exec|compile|open|__import__|getattr|setattr|delattr|globals|locals|vars|breakpoint|input|map|apply|execfile|file|reload)$|^numpy\.(testing|f2py|distutils|ctypeslib|(\w+\.)*(DataSource|Repository|NpzFile)$)|^numpy\.(load|fromfile|memmap|save|genfromtxt)$|^torch\.(hub|load|package|utils|_inductor|_dynamo|fx|jit|distributed|serialization\.load)|^pandas\.(read_|io\.|eval|core\.computation|_?testing|util\._?test)|^joblib\.(load|externals|parallel)|^sklearn\.(externals\.(?!joblib\.numpy_pickle)|utils\._?testing|datasets(?!\.base\.Bunch$))|^scipy\.(io|weave|LowLevelCallable|_lib\._ccallback)|^statsmodels\.(iolib|datasets)/;
/** What reaches the machine wherever it is imported from: libraries hold such names of others too. */
const reaching =
  /^(_?open\w*|get_handle|urlopen|urlretrieve|Popen|popen\w*|system|exec\w*|eval|compile|getattr|setattr|__import__|import_module|_?load\w*|_?save\w*|dump\w*|fromfile|tofile|memmap|check_output|check_call|call|run|spawn\w*|Parallel|Memory|MemorizedFunc|\w*TemporaryFile|TemporaryDirectory|Pool|ThreadPool|\w*Executor|Process|Thread|Timer|FileIO|TextIOWrapper|ZipFile|TarFile|GzipFile|BZ2File|LZMAFile|ExcelFile|ExcelWriter|HDFStore|TextReader|Request|Unpickler|Pickler|CodeType|FunctionType|LambdaType|MethodType|ModuleType|\w*FileLoader|CDLL|PyDLL|WinDLL|partial|attrgetter|itemgetter|methodcaller|reduce|os|sys|subprocess|importlib|builtins|shutil|ctypes|pickle|socket|inspect)$/;
/** Modules that reach the machine: processes, files, network, code. */
const dangerous =
  /^(os|posix|nt|subprocess|sys|shutil|socket|ssl|ctypes|importlib|imp|runpy|pty|commands|webbrowser|code|codeop|bdb|pdb|timeit|trace|cProfile|profile|pip|ensurepip|venv|pydoc|doctest|pkgutil|zipimport|multiprocessing|threading|asyncio|concurrent|signal|resource|http|urllib|urllib2|urllib3|requests|aiohttp|httpx|httplib|ftplib|smtplib|telnetlib|xmlrpc|marshal|pickle|_pickle|cPickle|dill|cloudpickle|shelve|types|inspect|gc|functools|operator|_operator|linecache|tempfile|pathlib|io|_io|idlelib|lib2to3|distutils|setuptools|platform|logging|atexit|sysconfig|site|test|_aix_support|_osx_support|_pyrepl|fileinput|glob|mmap|sqlite3|weakref|ast|builtins\.(eval|exec))(\.|$)/;

/** How an import is used. */
export interface Use {
  /** Whether the pickle calls it: a function that is only kept does nothing when it is loaded. */
  called?: boolean;
  isOnlyMade?: boolean;
  isPlainUse?: boolean;
}

/** What an import is, by an allow-list with exceptions. */
export function classifyImport(module: string, name: string, use: Use = { called: true }): ImportClass {
  const { called = false, isOnlyMade = false, isPlainUse = false } = use;
  const whole = `${module}.${name}`;
  if (module === '?' || name === '?') return 'unknown';
  if (holders.test(whole) || (isPlainUse && !called) || (isOnlyMade && madeOfData.test(whole))) return 'usual';
  if (powers.test(whole) || dangerous.test(whole)) return 'harmful';
  const isUsual = usual.some((pattern) => pattern.test(whole));
  const [outer = '', inner, ...further] = name.split('.');
  // A dotted name walks attributes (protocol 4): it can leave the module it begins in.
  if (inner !== undefined) {
    if (/(^|\.)(os|sys|subprocess|__|builtins)/.test(name)) return 'harmful';
    if (further.length > 0 || reaching.test(outer) || reaching.test(inner)) return 'unknown';
    return isUsual || within.test(whole) || (!called && keptWithin.test(whole)) ? 'usual' : 'unknown';
  }
  if (reaching.test(name)) return isUsual ? 'harmful' : 'unknown';
  if (isUsual || (!called && kept.test(whole))) return 'usual';
  return isOnlyMade && made.test(whole) ? 'usual' : 'unknown';
}
