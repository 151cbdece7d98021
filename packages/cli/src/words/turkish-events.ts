// What happened in a conversation, as lines between the messages, in Turkish. Names stand behind a colon or before a comma, so
// that none needs a suffix. Part of turkish-chat.ts.
import type { Words } from './words.ts';

export const TURKISH_EVENTS: Words['chat']['events'] = {
  and: 've',
  others: (count) => `${count} kişi daha`,
  self: 'siz',
  began: (who) => (who === null ? 'Bu sohbeti başlattınız' : `${who} bu sohbeti başlattı`),
  created: (who, name) => (who === null ? `“${name}” grubunu kurdunuz` : `${who} “${name}” grubunu kurdu`),
  createdWith: (who, name, members) =>
    who === null
      ? `“${name}” grubunu kurdunuz; gruptakiler: ${members}`
      : `${who} “${name}” grubunu kurdu; gruptakiler: ${members}`,
  joined: 'Bu cihaz sohbete buradan katıldı; öncekiler burada yok',
  added: (who, members) => (who === null ? `Gruba eklediniz: ${members}` : `${who} gruba ekledi: ${members}`),
  removed: (who, members) =>
    who === null ? `Gruptan çıkardınız: ${members}` : `${who} gruptan çıkardı: ${members}`,
  left: (who) => (who === null ? 'Ayrıldınız' : `${who} ayrıldı`),
  renamed: (who, name) =>
    who === null ? `Gruba “${name}” adını verdiniz` : `${who} gruba “${name}” adını verdi`,
  roles: {
    owner: (who, member) => (who === null ? `Sahip yaptınız: ${member}` : `${who} sahip yaptı: ${member}`),
    admin: (who, member) =>
      who === null ? `Yönetici yaptınız: ${member}` : `${who} yönetici yaptı: ${member}`,
    member: (who, member) => (who === null ? `Üye yaptınız: ${member}` : `${who} üye yaptı: ${member}`),
  },
  timerOn: (who, duration) =>
    who === null
      ? `Mesajların okunduktan ${duration} sonra kaybolmasını sağladınız`
      : `${who}, mesajların okunduktan ${duration} sonra kaybolmasını sağladı`,
  timerOff: (who) =>
    who === null ? 'Mesajların kalmasını sağladınız' : `${who}, mesajların kalmasını sağladı`,
  deviceAdded: (who) => (who === null ? 'Bir cihazınız eklendi' : `${who} kişisinin bir cihazı eklendi`),
  deviceRemoved: (who) =>
    who === null ? 'Bir cihazınız çıkarıldı' : `${who} kişisinin bir cihazı çıkarıldı`,
  reset: (who, reason) =>
    who === null
      ? `Bu sohbeti yeniden başlattınız: ${reason}`
      : `${who} bu sohbeti yeniden başlattı: ${reason}`,
  resetReasons: {
    lost: 'bir cihaz anahtarlarını yitirmişti',
    'out-of-step': 'cihazların durumu birbirini tutmuyordu',
    damaged: 'verileri bozulmuştu',
    fork: 'aktarıcı iki ayrı geçmiş göstermişti',
  },
  unreadable: (who, cause) =>
    who === null
      ? `Bir mesaj burada okunamıyor: ${cause}`
      : `${who} kişisinin bir mesajı burada okunamıyor: ${cause}`,
  unreadableCauses: {
    lost: 'bu cihazda anahtarı yok (yedekten kuruldu ya da verileri eski bir kopya). Yeniden alınmayı istedi; bundan sonra gelenler okunur.',
    'out-of-step':
      'sohbetteki bir değişiklik kaçırıldı. Cihazlar bunu kendileri onarır; önemliyse mesajı yeniden isteyin.',
    damaged: 'göndericisinin mühürlediği bu değil. Atıldı; önemliyse yeniden isteyin.',
    fork: 'aktarıcı, göndericiye sizinkinden başka bir geçmiş gösterdi. /verify ile ötekilerle karşılaştırın.',
  },
  changeRefused: (who, what) =>
    who === null
      ? `Sohbetteki bir değişiklik reddedildi: ${what}`
      : `${who} kişisinin sohbette yaptığı bir değişiklik reddedildi: ${what}`,
  keyChanged: (who) =>
    `${who} kişisinin kimlik anahtarı değişti. Ya sırdaş’ı yeniden kurdu ya da biri onun yerine geçiyor. Siz bakana dek hiçbir şey gönderilmez: /verify ${who}, sonra /accept ${who}`,
};
