"""Laws that answers must obey, to run on models, builders and rules of one's own; what breaks one comes as a value.

```python
from cidmesa.testing import check_model
assert not check_model(my_model)
```
"""

from __future__ import annotations

from cidmesa.testing.analyses import ANALYSES, Analysis
from cidmesa.testing.changes import CHANGES, Change
from cidmesa.testing.kit import Finding, check_builder, check_model, check_rule

__all__ = ["ANALYSES", "CHANGES", "Analysis", "Change", "Finding", "check_builder", "check_model", "check_rule"]
