from . import charts as charts
from . import errors as errors
from .analysis.comparison import compare as compare
from .analysis.failures import investigate as investigate
from .analysis.failures import join as join
from .analysis.gate import gate as gate
from .analysis.settling import settle_times as settle_times
from .analysis.settling import settled_between as settled_between
from .analysis.tables import breakdown as breakdown
from .analysis.tables import heatmap as heatmap
from .analysis.tables import summary as summary
from .analysis.tables import timeline as timeline
from .api.credentials import Credentials as Credentials
from .errors import EmailrcdError as EmailrcdError
from .errors import EmailrcdWarning as EmailrcdWarning
from .explorer import Explorer as Explorer
from .query import cluster as cluster
from .query.checkup import doctor as doctor
from .query.client import Client as Client
from .records.ledger import Ledger as Ledger
from .records.parts import Parts as Parts
from .records.reading import read_records as read_records
from .records.writing import write_records as write_records
from .reporting import report as report
from .sandbox import Sandbox as Sandbox

__version__: str
