"""Incentives, effects, requisite observations and reasoning patterns, by the names that PyCID gives them."""

from __future__ import annotations

from cidmesa.compat.pycid.analyze.effects import introduced_total_effect, total_effect
from cidmesa.compat.pycid.analyze.instrumental_control_incentive import admits_ici, admits_ici_list
from cidmesa.compat.pycid.analyze.reasoning_patterns import (
    direct_effect,
    get_reasoning_patterns,
    manipulation,
    revealing_or_denying,
    signaling,
)
from cidmesa.compat.pycid.analyze.requisite_graph import requisite, requisite_graph, requisite_list
from cidmesa.compat.pycid.analyze.response_incentive import admits_ri, admits_ri_list
from cidmesa.compat.pycid.analyze.value_of_control import (
    admits_dir_voc,
    admits_dir_voc_list,
    admits_indir_voc,
    admits_indir_voc_list,
    admits_voc,
    admits_voc_list,
    quantitative_voc,
)
from cidmesa.compat.pycid.analyze.value_of_information import admits_voi, admits_voi_list, quantitative_voi

__all__ = [
    "admits_dir_voc",
    "admits_dir_voc_list",
    "admits_ici",
    "admits_ici_list",
    "admits_indir_voc",
    "admits_indir_voc_list",
    "admits_ri",
    "admits_ri_list",
    "admits_voc",
    "admits_voc_list",
    "admits_voi",
    "admits_voi_list",
    "direct_effect",
    "get_reasoning_patterns",
    "introduced_total_effect",
    "manipulation",
    "quantitative_voc",
    "quantitative_voi",
    "requisite",
    "requisite_graph",
    "requisite_list",
    "revealing_or_denying",
    "signaling",
    "total_effect",
]
