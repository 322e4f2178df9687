package widget

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryLanguageHasEveryText compares with the English table, which the
// renderer falls back to.
func TestEveryLanguageHasEveryText(t *testing.T) {
	require.Len(t, texts[English], 34)
	for language, table := range texts {
		require.NoError(t, language.Valid())
		for key := range texts[English] {
			require.Empty(t, blankReason(table[key]), "%s: %s", language, key)
			require.Equal(t, strings.TrimSpace(table[key]), table[key], "%s: %s", language, key)
		}
		require.Len(t, table, len(texts[English]), "%s has a text that English has not", language)
	}
}

// TestTextsForLeavesTheTableAlone: a replaced text must not stay for the next
// snippet.
func TestTextsForLeavesTheTableAlone(t *testing.T) {
	table, _ := textsFor("ru", Texts{TextPay: "Купить"})
	table[TextRetry] = "changed"
	require.Equal(t, "Оплатить", texts[Russian][TextPay])
	require.Equal(t, "Попробовать снова", texts[Russian][TextRetry])
}
