"""French."""

from index.languages.language import Language

FRENCH = Language(
    "fr",
    stemmer="french",
    asks={
        "who": "qui, à qui, de qui, avec qui",
        "when": "quand, en quelle année, quelle année, quel jour, à quelle date, quelle date, depuis quand,"
        " à quelle heure",
        "where": "où, d'où, dans quelle ville, dans quel pays, à quel endroit",
        "number": "combien, quel pourcentage, quel nombre, quel âge, quelle quantité, quelle taille",
        "why": "pourquoi, pour quelle raison, à cause de quoi",
        "how": "comment, de quelle manière, de quelle façon",
    },
    newest="les dernières, la dernière, le dernier, les derniers, dernières, derniers, plus récent, plus récente,"
    " plus récents, plus récentes, récent, récente, récemment, actuel, actuelle, actuels, actuelles, actuellement,"
    " maintenant, en ce moment, à l'heure actuelle, jusqu'ici, jusqu'à présent, à présent",
    today="aujourd'hui, aujourd’hui, ce soir, cette semaine, ce mois-ci, ce mois",
    going_on="et, mais, ou, alors, donc, aussi, qu'en est-il, quoi d'autre, qui d'autre, où d'autre, et puis",
    alone="pourquoi, comment, quand, où, qui, quoi, lequel, laquelle, combien, vraiment, pourquoi pas, comment ça",
    pointing="là-bas, cela, ça, ceci, celui-ci, celui-là, celle-ci, celle-là, ceux-ci, ceux-là, celles-ci, celles-là,"
    " celui, celle, ceux, le premier, le second, la même, le même, y, en",
    pronouns="il, elle, ils, elles, lui, leur, leurs, son, sa, ses, eux, t-il, t-elle, t-ils, t-elles",
    leaning="il, elle, ils, elles, cela, ça, ceci, ce, cet, cette, ces, celui-ci, celle-ci, ceux-ci, son, sa, ses,"
    " leur,"
    " leurs, mais, et, or, pourtant, cependant, toutefois, néanmoins, ainsi, alors, puis, ensuite, aussi, donc,"
    " en outre,"
    " de plus, par ailleurs, en revanche, au contraire, là, ici, c'est, c’est, ce dernier, cette dernière, tous deux,"
    " pendant ce temps",
    saying="dit, disent, déclaré, déclare, déclara, affirmé, affirme, affirment, expliqué, explique, expliquent,"
    " ajouté,"
    " ajoute, ajouta, souligné, souligne, indiqué, indique, précisé, précise, assuré, assure, annoncé, annonce,"
    " répondu,"
    " répond, écrit, estimé, estime, rappelé, rappelle, raconté, raconte, confié, confie, selon, d'après,"
    " a fait savoir,"
    " a-t-il, a-t-elle, dit-il, dit-elle",
    reasons="parce que, parce qu, car, puisque, en raison de, à cause de, grâce à, afin de, afin que, pour, pour que,"
    " raison, raisons, cause, causé, provoqué, suite à, après, faute de, du fait de",
    orders=r"(?:s il te plaît |stp )?(?:peux tu (?:me )?|pourrais tu (?:me )?)?(?:écris|écrire|invente|raconte|raconter"
    r"|chante|génère|crée|rédige|compose|fais)(?: moi| nous)? (?:un|une|le|la) (?:\w+ ){0,3}?(?:poème|chanson|blague"
    r"|histoire|conte|lettre|rap|code|programme|rédaction)|(?:traduis|résume|ignore|oublie|imagine que tu)\b|qui es tu"
    r"|qu es tu|que peux tu faire|qu est ce que tu peux faire|comment tu t appelles|comment t appelles tu"
    r"|es tu (?:un|une) |quel âge as tu|quelle heure est il|quel temps fait il",
    dates=r"\b(?:1\d\d\d|20\d\d)\b|\b(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre"
    r"|décembre"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|hier|aujourd['’]hui|demain|avant-hier|siècle|décennie|midi"
    r"|minuit"
    r"|(?:semaine|mois|an|année|nuit) (?:derni(?:er|ère)|prochaine?|passée?)|jours?|semaines?|mois|ans?|années?|heures?"
    r"|minutes?)\b",
    numbers=r"\d+|\b(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|douzaines?|vingt|trente|quarante"
    r"|cinquante|soixante|cent|cents|centaines?|mille|milliers?|millions?|milliards?|moitié|demi|tiers|quart|double"
    r"|plusieurs|pour cent|zéro)\b|[$£€¥%]",
)
